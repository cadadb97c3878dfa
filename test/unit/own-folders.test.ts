import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf, resaved, versions, type Version } from '../../scripts/resave.ts';
import { sequenceBounds } from '../../src/engine/data/batch.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { writeCheckpoint } from '../../src/engine/models/checkpoints/write-checkpoint.ts';
import { parseConfig } from '../../src/engine/models/families/parse-config.ts';
import { loadTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { loadModel } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { builtTokenizer, shippedManifest } from './data-fixtures.ts';
import { loaded } from './loaded.ts';
import { memorySource } from './memory-source.ts';

/** Folders as `transformers` saves them: no index, no integrity file, other names, buffers, templates beside the tokenizer. */
const context = loaded('nano');
const student = filesOf('public/checkpoints/nano-student');
const teacher = filesOf('public/checkpoints/nano-teacher');
const shippedFiles = folderSource('public');
const json = (bytes: Uint8Array | undefined) =>
  JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A re-saved student with one of its JSON files changed. */
function changed(file: string, change: object, version: Version = '5'): Map<string, Uint8Array> {
  const files = resaved(student, version);
  files.set(file, encoded({ ...json(files.get(file)), ...change }));
  return files;
}
const loadOf = (files: ReadonlyMap<string, Uint8Array>) =>
  loadCheckpoint(memorySource('mine', files), 'mine');

describe('a folder that transformers saved', () => {
  it.each([
    ['nano-student', student, '4.49'],
    ['nano-student', student, '5'],
    ['nano-teacher', teacher, '4.49'],
    ['nano-teacher', teacher, '5'],
  ] as const)(
    'holds the weights, names and texts of the shipped one: %s %#',
    async (name, files, version) => {
      const shipped = await loadModel(shippedFiles, `checkpoints/${name}`);
      const model = await loadModel(memorySource('mine', resaved(files, version)), 'mine');
      expect(model.config).toEqual(shipped.config);
      expect(model.checkpoint.preprocessor).toEqual(shipped.checkpoint.preprocessor);
      expect([...model.checkpoint.tensors.keys()].sort()).toEqual(
        [...shipped.checkpoint.tensors.keys()].sort(),
      );
      for (const [key, tensor] of shipped.checkpoint.tensors)
        expect(model.checkpoint.tensors.get(key), key).toEqual(tensor);
      expect(model.checkpoint.hash).toMatch(/^[0-9a-f]{64}$/);
      for (const text of ['What is this?', 'Is there <image> a dog?']) {
        expect(model.tokenizer.encodeQuestion(text)).toEqual(shipped.tokenizer.encodeQuestion(text));
        expect(model.tokenizer.encodeAnswer(text)).toEqual(shipped.tokenizer.encodeAnswer(text));
      }
    },
  );

  it.each(versions)(
    'answers as the shipped one does with a vocabulary padded to 151,936: %s',
    async (version) => {
      const { data } = context.session;
      const examples = data.evaluation({
        split: 'held-out-style',
        tasks: ['name', 'kind', 'count'],
        count: 24,
      });
      const model = await loadModel(memorySource('mine', resaved(student, version, 151_936)), 'mine');
      expect(model.config.text.vocabularySize).toBe(151_936);
      expect(model.checkpoint.tensors.get('lm_head.weight')!.shape).toEqual([151_936, 64]);
      const bounds = sequenceBounds(model.tokenizer, examples);
      const answers = await Promise.all(
        [context.session.student, model].map(async (candidate) => {
          const answerer = new FrozenAnswerer(
            context.session,
            candidate,
            { usual: 8, together: 24 },
            examples,
            bounds,
          );
          const said = await answerer.answer(examples);
          answerer.dispose();
          return said;
        }),
      );
      expect(answers[1]).toEqual(answers[0]);
      expect(new Set(answers[0]).size).toBeGreaterThan(3);
    },
  );

  it('is written out again with new weights, texts and hashes, and nothing else of the folder', async () => {
    const files = changed('config.json', {});
    files.set('optimizer.pt', new Uint8Array(8));
    const source = memorySource('mine', files);
    const { tensors, config } = await loadCheckpoint(source, 'mine');
    const written = await writeCheckpoint(source, 'mine', tensors, '# Card');
    expect(written.has('optimizer.pt')).toBe(false);
    expect(written.has('chat_template.jinja')).toBe(true);
    const again = await loadCheckpoint(memorySource('mine', written), 'mine');
    expect(again.config).toEqual(config);
    expect(again.tensors).toEqual(tensors);
  });

  it('in several files is read by its index', async () => {
    const { tensors } = await loadOf(resaved(student, '4.49'));
    const written = await writeCheckpoint(
      memorySource('mine', resaved(student, '4.49')),
      'mine',
      tensors,
      '# Card',
    );
    written.delete('integrity.json');
    expect((await loadOf(written)).tensors).toEqual(tensors);
    const shard = [...written.keys()].find((name) => name.endsWith('.safetensors'))!;
    written.delete(shard);
    await expect(loadOf(written)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining(shard) as string,
    });
  });
});

describe('what cannot be honoured is refused by its name', () => {
  const text = (change: object) => ({
    text_config: { ...(json(resaved(student, '5').get('config.json')).text_config as object), ...change },
  });
  it.each([
    ['config.json', { model_type: 'qwen3_vl' }, 'model_type “qwen3_vl”'],
    ['config.json', { quantization_config: { bits: 4 } }, 'quantization_config asks for quantised weights'],
    ['config.json', { scale_factor: 3 }, 'scale_factor 3 does not divide the 4 patches'],
    [
      'config.json',
      text({ rope_parameters: { rope_type: 'yarn', factor: 4 } }),
      'rope_type “yarn” is not known',
    ],
    ['config.json', text({ rope_parameters: { rope_type: 'linear' } }), 'rope_parameters.factor is missing'],
    ['config.json', text({ attention_bias: true }), 'text_config.attention_bias'],
    ['config.json', text({ hidden_act: 'gelu' }), 'text_config.hidden_act “gelu” is not known'],
    ['config.json', text({ layer_types: ['sliding_attention'] }), '“sliding_attention” is not known'],
    ['config.json', text({ model_type: 'mamba' }), 'text_config.model_type “mamba” is not known'],
    ['config.json', text({ head_dim: 12 }), 'head_dim 12 is no multiple of 8'],
    [
      'processor_config.json',
      { image_processor: { size: { longest_edge: 48 } } },
      '48 pixels, the model reads 32',
    ],
    ['processor_config.json', { image_processor: undefined }, 'processor_config.json'],
    ['tokenizer_config.json', { eos_token: '<nothing>' }, '<nothing>'],
  ])('%s with %o', async (file, change, reason) => {
    const read = new Map<string, number>();
    const source = memorySource('mine', changed(file, change), (path, bytes) =>
      read.set(path, (read.get(path) ?? 0) + bytes),
    );
    await expect(loadModel(source, 'mine')).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining(reason) as string,
    });
    if (file !== 'tokenizer_config.json') expect(read.has('mine/model.safetensors')).toBe(false);
  });

  it('shapes and types that do not fit, before any weight is read', async () => {
    let read = 0;
    const files = changed('config.json', text({ intermediate_size: 180 }));
    const source = memorySource('mine', files, (path, bytes) => {
      if (path.endsWith('.safetensors')) read += bytes;
    });
    await expect(loadCheckpoint(source, 'mine')).rejects.toThrow(
      /mlp\.gate_proj\.weight.*\[180, 64\].*\[176, 64\]/,
    );
    expect(read).toBeLessThan(files.get('model.safetensors')!.byteLength / 20);

    const quantised = resaved(student, '5');
    const bytes = quantised.get('model.safetensors')!;
    const header = new TextDecoder().decode(bytes.subarray(0, 12_000));
    const at = header.indexOf('"dtype":"F16"', header.indexOf('text_model.norm.weight'));
    bytes.set(new TextEncoder().encode('"dtype":"I16"'), at);
    await expect(loadOf(quantised)).rejects.toThrow(/text_model\.norm\.weight.*I16/);
  });

  it('folders of another kind', async () => {
    const without = (...names: string[]) => {
      const files = resaved(student, '5');
      for (const name of names) files.delete(name);
      return files;
    };
    await expect(loadOf(without('config.json'))).rejects.toThrow('has no config.json');
    const adapter = without('config.json').set('adapter_config.json', encoded({}));
    await expect(loadOf(adapter)).rejects.toThrow('is an adapter of a model');
    const pickled = without('model.safetensors').set('pytorch_model.bin', new Uint8Array(4));
    await expect(loadOf(pickled)).rejects.toThrow('only “pytorch_model.bin”');
  });

  it('weights that are no numbers', async () => {
    const files = resaved(student, '5');
    const bytes = files.get('model.safetensors')!;
    bytes.set([0x00, 0x7c], bytes.byteLength - 2);
    await expect(loadOf(files)).rejects.toMatchObject({ code: 'not-finite' });
  });

  it('a tensor under two names', async () => {
    const files = resaved(teacher, '4.49');
    const bytes = files.get('model.safetensors')!;
    const header = new TextDecoder('latin1').decode(bytes.subarray(0, 20_000));
    const at = header.indexOf('"vision_tower.vision_model.post_layernorm.bias"');
    const name = '"model.vision_tower.post_layernorm.weight"';
    bytes.set(new TextEncoder().encode(`${name}${' '.repeat(47 - name.length)}`), at);
    await expect(loadOf(files)).rejects.toThrow('twice, under names of two versions');
  });
});

describe('texts of real checkpoints', () => {
  const real = (file: string) => JSON.parse(readFileSync(`test/fixtures/real/${file}`, 'utf8')) as object;

  it('SmolVLM2-500M leaves much of its vision encoder to the defaults', () => {
    const config = parseConfig(real('smolvlm2-500m-video-instruct/config.json'));
    expect(config).toMatchObject({
      family: 'smolvlm',
      imageTokens: 64,
      tieWordEmbeddings: false,
      text: { hiddenSize: 960, layers: 32, kvHeads: 5, ropeTheta: 1e5, vocabularySize: 49_280 },
      vision: { layers: 12, intermediateSize: 3072, hiddenSize: 768, activation: 'tanh', postNorm: true },
    });
  });

  it('LLaVA-OneVision reads 27 × 27 of 27.4 patches, and a newline', () => {
    expect(parseConfig(real('llava-onevision-qwen2-7b-ov-hf/config.json'))).toMatchObject({
      family: 'llava_onevision',
      imageTokens: 730,
      imageNewline: true,
      text: { ropeTheta: 1e6, attentionBias: true },
    });
  });

  it('their templates write a question with its picture, and an answer that is found again', async () => {
    const built = builtTokenizer(await shippedManifest(), 'gpt2-bpe-llava');
    const withTemplate = (folder: string) =>
      loadTokenizer(
        { ...built, tokenizerConfig: { ...built.tokenizerConfig, ...real(`${folder}/chat_template.json`) } },
        { family: 'llava', imageTokens: 4, grid: 1 },
      );
    for (const folder of ['llava-onevision-qwen2-7b-ov-hf', 'nanovlm']) {
      const tokenizer = withTemplate(folder);
      const prompt = tokenizer.tokenStrings(tokenizer.encodeQuestion('Is it a dog?')).join('');
      expect(prompt, folder).toMatch(
        /^<\|im_start\|>user\n(<image>){4}\n?Is it a dog\?<\|im_end\|>\n?<\|im_start\|>assistant\n$/,
      );
      expect(tokenizer.tokenStrings(tokenizer.encodeAnswer('Dog.')).join('')).toBe('Dog.<|im_end|>');
    }
    const bpe = builtTokenizer(await shippedManifest(), 'gpt2-bpe-idefics3');
    const template = real('smolvlm2-500m-video-instruct/chat_template.json');
    const grid = loadTokenizer(
      { ...bpe, tokenizerConfig: { ...bpe.tokenizerConfig, ...template } },
      { family: 'smolvlm', imageTokens: 10, grid: 2 },
    );
    const frame = '<fake_token_around_image>';
    expect(grid.tokenStrings(grid.encodeQuestion('Dog?')).join('')).toBe(
      `<|im_start|>User:${[1, 2].map((row) => `${[1, 2].map((column) => `${frame}<row_${row}_col_${column}><image><image>`).join('')}\n`).join('')}\n${frame}<global-img><image><image>${frame}Dog?<end_of_utterance>\nAssistant:`,
    );
  });

  it('a template that says nothing of pictures, or answers elsewhere, is refused', async () => {
    const built = builtTokenizer(await shippedManifest(), 'gpt2-bpe-llava');
    const load = (template: unknown) =>
      loadTokenizer(
        { ...built, tokenizerConfig: { ...built.tokenizerConfig, chat_template: template } },
        { family: 'llava', imageTokens: 4, grid: 1 },
      );
    expect(() => load('{{ messages[0].role }}')).toThrow('does not write “<image>” once');
    const { chat_template: usual } = built.tokenizerConfig as { chat_template: string };
    expect(() => load(`${usual}{% if add_generation_prompt %}Well: {% endif %}`)).toThrow(
      'does not begin as its prompt ends',
    );
    expect(
      load([
        { name: 'tool_use', template: '' },
        { name: 'default', template: usual },
      ]).padId,
    ).toBeGreaterThan(0);
    expect(() => load('{{ raise_exception("no system message") }}')).toThrow('no system message');
  });
});
