import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';

/**
 * Shipped checkpoints, and the text fixtures, have exactly the tensor names and shapes that `transformers` gives these architectures
 * (pytorch/reference_names.json; pytorch/check_names.py also asks transformers itself where it is installed).
 */
type Reference = Record<string, Record<string, string[]> | string>;
const reference = JSON.parse(readFileSync('pytorch/reference_names.json', 'utf8')) as Reference;

const architectures: Record<string, string> = {
  llava: 'LlavaForConditionalGeneration',
  idefics3: 'Idefics3ForConditionalGeneration',
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

interface Config {
  model_type: string;
  architectures: string[];
  torch_dtype: string;
  scale_factor?: number;
  vision_config?: Record<string, number>;
  text_config?: Record<string, number>;
}

function expectedShapes(config: Config): Record<string, number[]> {
  const v = config.vision_config ?? {};
  // A model of text alone has its sizes at the top.
  const t = config.text_config ?? (config as unknown as Record<string, number>);
  const head = t.head_dim ?? t.hidden_size! / t.num_attention_heads!;
  const symbols: Record<string, number> = {
    3: 3,
    V: v.hidden_size!,
    M: v.intermediate_size!,
    P: v.patch_size!,
    I: (v.image_size! / v.patch_size!) ** 2,
    D: t.hidden_size!,
    F: t.intermediate_size!,
    Q: t.num_attention_heads! * head,
    K: t.num_key_value_heads! * head,
    H: head,
    W: t.vocab_size!,
    S: (config.scale_factor ?? 1) ** 2,
  };
  const layers: Record<string, number> = { '{v}': v.num_hidden_layers ?? 0, '{t}': t.num_hidden_layers! };
  const shapes: Record<string, number[]> = {};
  for (const [template, dims] of Object.entries(reference[config.model_type] as Record<string, string[]>)) {
    const shape = dims.map((dim) =>
      dim.split('*').reduce((product, symbol) => product * symbols[symbol]!, 1),
    );
    const key = Object.keys(layers).find((candidate) => template.includes(candidate));
    if (key === undefined) shapes[template] = shape;
    else for (let i = 0; i < layers[key]!; i++) shapes[template.replace(key, String(i))] = shape;
  }
  return shapes;
}

const foldersIn = (root: string) =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('transformers conventions', () => {
  it.each(foldersIn('public/checkpoints'))('%s', (name) => {
    const files = checkNames(`public/checkpoints/${name}`);
    for (const file of [
      'config.json',
      'generation_config.json',
      'model.safetensors.index.json',
      ...(name.startsWith('text-') ? [] : ['preprocessor_config.json', 'processor_config.json']),
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'README.md',
    ])
      expect(files).toContain(file);
  });

  it.each(foldersIn('test/fixtures/text'))('%s, small and random', (name) => {
    checkNames(`test/fixtures/text/${name}`);
  });
});

/** Compares names and shapes, and gives back the folder's files. */
function checkNames(folder: string): string[] {
  const files = readdirSync(folder);
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Config;
  expect(config.architectures).toEqual([architectures[config.model_type]]);
  expect(config.torch_dtype).toBe('float16');
  const found: Record<string, number[]> = {};
  const shards = files.filter((file) => file.endsWith('.safetensors'));
  shards.forEach((shard, i) => {
    const number = (n: number) => String(n).padStart(5, '0');
    expect(shard).toBe(`model-${number(i + 1)}-of-${number(shards.length)}.safetensors`);
    const bytes = new Uint8Array(readFileSync(`${folder}/${shard}`));
    expect(bytes.byteLength).toBeLessThanOrEqual(1024 * 1024);
    for (const [tensor, { shape }] of parseSafetensors(bytes, shard)) found[tensor] = shape;
  });
  expect(found).toEqual(expectedShapes(config));
  return files;
}
