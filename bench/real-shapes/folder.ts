import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Shapes } from '../../src/engine/models/families/family.ts';
import { parseConfig } from '../../src/engine/models/families/parse-config.ts';
import { weightShapes } from '../../src/engine/models/families/weight-parts.ts';
import { floatToHalf } from '../../src/engine/models/checkpoints/half.ts';
import { Random } from '../../src/engine/random.ts';

/** A published model's sizes; what else a folder says is the shipped model's whose tokenizer stands in. */
export interface RealShape {
  name: string;
  text: { hidden_size: number; intermediate_size: number; num_hidden_layers: number } & Record<
    'num_attention_heads' | 'num_key_value_heads',
    number
  >;
  /** A shipped folder of the same family, whose tokenizer is padded to the real vocabulary. */
  tokenizer: string;
}

/** HuggingFaceTB/SmolVLM-256M-Instruct and SmolVLM2-500M-Video-Instruct, by their config.json. */
export const realShapes = {
  student: {
    name: 'smolvlm-256m',
    text: {
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
    },
    tokenizer: 'mini-student',
  },
  teacher: {
    name: 'smolvlm2-500m',
    text: {
      hidden_size: 960,
      intermediate_size: 2560,
      num_hidden_layers: 32,
      num_attention_heads: 15,
      num_key_value_heads: 5,
    },
    tokenizer: 'mini-student-bpe',
  },
} satisfies Record<string, RealShape>;

/** SigLIP base, 512 px. */
const vision = {
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  image_size: 512,
  patch_size: 16,
};
const vocabulary = 49_280;

type Json = Record<string, unknown>;

/**
 * Writes a folder as `save_pretrained` would, of a model with real sizes and random weights in F16: matrices normal with deviation 0.02, norms 1, biases 0.
 * @param share of the decoder's and the encoder's layers, 0–1; at least one of each stays
 * @returns how many parameters it has
 */
export function writeRealShape(folder: string, shape: RealShape, share: number): number {
  const from = path.join('public/checkpoints', shape.tokenizer);
  const read = (file: string) => JSON.parse(readFileSync(path.join(from, file), 'utf8')) as Json;
  const write = (file: string, value: Json) =>
    writeFileSync(path.join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
  const some = (layers: number) => Math.max(1, Math.round(layers * share));
  mkdirSync(folder, { recursive: true });
  const given = read('config.json') as Json & { text_config: Json; vision_config: Json };
  const config = {
    ...given,
    architectures: ['SmolVLMForConditionalGeneration'],
    model_type: 'smolvlm',
    scale_factor: 4,
    text_config: {
      ...given.text_config,
      ...shape.text,
      head_dim: 64,
      num_hidden_layers: some(shape.text.num_hidden_layers),
      max_position_embeddings: 8192,
      rope_theta: 100_000,
      vocab_size: vocabulary,
    },
    vision_config: {
      ...given.vision_config,
      ...vision,
      model_type: 'smolvlm_vision',
      num_hidden_layers: some(vision.num_hidden_layers),
    },
  };
  write('config.json', config);
  const size = { longest_edge: vision.image_size };
  write('preprocessor_config.json', { ...read('preprocessor_config.json'), size, max_image_size: size });
  for (const file of [
    'processor_config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
  ])
    copyFileSync(path.join(from, file), path.join(folder, file));
  const shapes = Object.values(weightShapes(parseConfig(config))).flat();
  return writeWeights(path.join(folder, 'model.safetensors'), shapes);
}

function writeWeights(file: string, shapes: Shapes): number {
  const header: Json = {};
  let end = 0;
  const sizes = shapes.map(([, shape]) => shape.reduce((a, b) => a * b, 1));
  shapes.forEach(([name, shape], i) => {
    header[name] = { dtype: 'F16', shape, data_offsets: [end, (end += 2 * sizes[i]!)] };
  });
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const output = openSync(file, 'w');
  writeSync(output, new Uint8Array(new BigUint64Array([BigInt(head.byteLength)]).buffer));
  writeSync(output, head);
  const draw = normalHalves();
  shapes.forEach(([name, shape], i) => {
    const halves = new Uint16Array(sizes[i]!);
    if (shape.length > 1) for (let at = 0; at < halves.length; at++) halves[at] = draw();
    else if (!name.endsWith('.bias')) halves.fill(0x3c00);
    const bytes = new Uint8Array(halves.buffer);
    for (let at = 0; at < bytes.length;) at += writeSync(output, bytes, at);
  });
  closeSync(output);
  return sizes.reduce((a, b) => a + b, 0);
}

/** F16 numbers, normal with deviation 0.02: hundreds of millions of them, drawn from a table of some. */
function normalHalves(): () => number {
  const random = new Random(256);
  const table = Uint16Array.from({ length: 1 << 16 }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return floatToHalf(0.02 * radius * Math.cos(2 * Math.PI * random.next()));
  });
  let state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return table[state & 0xffff]!;
  };
}
