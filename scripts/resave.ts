import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { halfToFloatBits, floatToHalf } from '../src/engine/models/checkpoints/half.ts';
import { dataStart, readHeader } from '../src/engine/models/checkpoints/safetensors-header.ts';

/** The two ways of naming that folders of today are found in. */
export const versions = ['4.49', '5'] as const;
export type Version = (typeof versions)[number];

interface Tensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** Names of transformers 5 for those of 4.49, which shipped checkpoints have. */
const renames: Record<string, readonly (readonly [RegExp, string])[]> = {
  llava: [
    [/^vision_tower\.vision_model\./, 'model.vision_tower.'],
    [/^multi_modal_projector\./, 'model.multi_modal_projector.'],
    [/^language_model\.model\./, 'model.language_model.'],
    [/^language_model\.lm_head\./, 'lm_head.'],
  ],
};

type Json = Record<string, unknown>;

/**
 * A shipped checkpoint folder as `save_pretrained` of another program would leave it: one file of weights without index or hashes, buffers of
 * integers beside the weights, the chat template in a file of its own and, in version 5, other tensor names, `rope_parameters` and one file for the
 * processor.
 * @param vocabulary rows of embedding and head; those beyond the tokenizer's are the mean of the others, as `resize_token_embeddings` makes them.
 * @returns files by name
 */
export function resaved(
  files: ReadonlyMap<string, Uint8Array>,
  version: Version,
  vocabulary?: number,
): Map<string, Uint8Array> {
  const json = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name))) as Json;
  const config = json('config.json');
  const family = config.model_type as string;
  const written = new Map<string, Uint8Array>();
  const write = (name: string, value: Json) =>
    written.set(name, encode(`${JSON.stringify(value, null, 2)}\n`));

  const tensors = new Map<string, Tensor>();
  for (const [stored, tensor] of readTensors(files)) {
    const isTable = /(embed_tokens|lm_head)\.weight$/.test(stored);
    const name = (version === '5' ? (renames[family] ?? []) : []).reduce(
      (old, [from, to]) => old.replace(from, to),
      stored,
    );
    tensors.set(name, isTable && vocabulary !== undefined ? padded(tensor, vocabulary) : tensor);
  }
  const patches = [...tensors].find(([name]) => name.endsWith('position_embedding.weight'));
  if (patches !== undefined) {
    const count = patches[1].shape[0]!;
    tensors.set(patches[0].replace('position_embedding.weight', 'position_ids'), {
      dtype: 'I64',
      shape: [1, count],
      bytes: new Uint8Array(BigInt64Array.from({ length: count }, (_, i) => BigInt(i)).buffer),
    });
  }
  // Alphabetical, as `save_pretrained` leaves them.
  written.set('model.safetensors', writeTensors(new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1)))));

  const renewed = ({ torch_dtype: type, rope_theta: theta, ...text }: Json): Json => ({
    ...text,
    dtype: type,
    rope_parameters: { rope_theta: theta, rope_type: 'default' },
  });
  const sized = (text: Json): Json => ({ ...text, vocab_size: vocabulary ?? text.vocab_size });
  // A model of text alone is its own text_config.
  const { text_config: text, torch_dtype: type, ...rest } = config as Json & { text_config?: Json };
  if (text === undefined) write('config.json', version === '5' ? renewed(sized(config)) : sized(config));
  else if (version === '5') write('config.json', { ...rest, dtype: type, text_config: renewed(sized(text)) });
  else write('config.json', { ...config, text_config: sized(text) });
  const { chat_template: template, ...tokenizer } = json('tokenizer_config.json');
  write('tokenizer_config.json', tokenizer);
  written.set('tokenizer.json', files.get('tokenizer.json')!);
  written.set('generation_config.json', files.get('generation_config.json')!);
  if (version === '5') written.set('chat_template.jinja', encode(template as string));
  else write('chat_template.json', { chat_template: template });
  if (!files.has('processor_config.json')) return written;
  const [processor, pictures] = [json('processor_config.json'), json('preprocessor_config.json')];
  if (version === '5') write('processor_config.json', { ...processor, image_processor: pictures });
  else {
    write('processor_config.json', processor);
    write('preprocessor_config.json', pictures);
  }
  return written;
}

/** The files of a folder on disk, by name. */
export function filesOf(folder: string): Map<string, Uint8Array> {
  return new Map(
    readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(path.join(folder, name)))]),
  );
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function readTensors(files: ReadonlyMap<string, Uint8Array>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [file, bytes] of files) {
    if (!file.endsWith('.safetensors')) continue;
    const start = bytes.subarray(0, dataStart(bytes, bytes.byteLength, file));
    for (const [name, { dtype, shape, from, to }] of readHeader(start, bytes.byteLength, file))
      tensors.set(name, { dtype, shape, bytes: bytes.slice(from, to) });
  }
  return tensors;
}

/** More rows of F16, each the mean of the old ones. */
function padded({ dtype, shape, bytes }: Tensor, rows: number): Tensor {
  const [old, width] = shape as [number, number];
  const halves = new Uint16Array(bytes.buffer);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const mean = Uint16Array.from({ length: width }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < old; row++) {
      bits[0] = halfToFloatBits(halves[row * width + column]!);
      sum += float[0]!;
    }
    return floatToHalf(sum / old);
  });
  const all = new Uint16Array(rows * width);
  all.set(halves);
  for (let row = old; row < rows; row++) all.set(mean, row * width);
  return { dtype, shape: [rows, width], bytes: new Uint8Array(all.buffer) };
}

function writeTensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  let end = 0;
  const header: Json = { __metadata__: { format: 'pt' } };
  for (const [name, { dtype, shape, bytes }] of tensors)
    header[name] = { dtype, shape, data_offsets: [end, (end += bytes.byteLength)] };
  const text = encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8 + text.length, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'nano-student' },
      as: { type: 'string', default: '5' },
      vocabulary: { type: 'string' },
      to: { type: 'string' },
    },
  });
  const version = versions.find((known) => known === values.as);
  if (values.to === undefined || version === undefined)
    throw new Error(
      `npx tsx scripts/resave.ts --to <folder> [--model nano-student] [--as ${versions.join('|')}] [--vocabulary n]`,
    );
  const vocabulary = values.vocabulary === undefined ? undefined : Number(values.vocabulary);
  mkdirSync(values.to, { recursive: true });
  for (const [name, bytes] of resaved(filesOf(`public/checkpoints/${values.model}`), version, vocabulary))
    writeFileSync(path.join(values.to, name), bytes);
}
