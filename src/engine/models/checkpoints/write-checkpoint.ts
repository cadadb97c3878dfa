import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type { HostTensor, HostTensors } from '../host-tensor.ts';
import { listFolder } from './integrity.ts';
import { writeSafetensors } from './safetensors.ts';
import type { FileSource } from './source.ts';

const shardLimit = 1024 * 1024;
/** Room for a shard's header. */
const headerAllowance = 32 * 1024;

/**
 * A checkpoint folder with new weights: F16 shards of at most 1 MiB where no single tensor is larger, their index, the
 * given card, `integrity.json`, and every other file (configuration, tokenizer, processor) as in `folder`; the tokenizer's chat template stands in a file of its
 * own as well, because the processors of `transformers` do not ask their tokenizer for it.
 * @returns files by name
 * @throws EngineError of the files read, or `not-finite` when a weight is no finite F16 number.
 */
export async function writeCheckpoint(
  source: FileSource,
  folder: string,
  tensors: HostTensors,
  card: string,
): Promise<Map<string, Uint8Array>> {
  const encode = (text: string) => new TextEncoder().encode(text);
  for (const [name, { data }] of tensors)
    if (!data.every((value) => Math.abs(value) < 65520))
      throw new EngineError(
        'not-finite',
        `Tensor “${name}” has values that F16 cannot hold.`,
        'Train with a lower learning rate and save again.',
      );
  const written = new Map<string, Uint8Array>();
  for (const path of (await listFolder(source, folder)).files.keys())
    if (isDescription(path)) written.set(path, await source.bytes(`${folder}/${path}`));
  const template = templateOf(written);
  if (template !== undefined) written.set('chat_template.jinja', encode(template));

  const shards = split(tensors);
  const weightMap: Record<string, string> = {};
  const hashes: string[] = [];
  const number = (n: number) => String(n).padStart(5, '0');
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    const bytes = writeSafetensors(shard);
    for (const name of shard.keys()) weightMap[name] = file;
    written.set(file, bytes);
    hashes.push(await sha256(bytes));
  }
  const parameters = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const index = { metadata: { total_size: 2 * parameters }, weight_map: weightMap };
  written.set('model.safetensors.index.json', encode(`${JSON.stringify(index, null, 1)}\n`));
  written.set('README.md', encode(card));

  const files = [];
  for (const [path, bytes] of written)
    files.push({ path, bytes: bytes.byteLength, sha256: await sha256(bytes) });
  const integrity = { files, weights: await sha256(encode(hashes.join(''))), parameters };
  written.set('integrity.json', encode(`${JSON.stringify(integrity, null, 1)}\n`));
  return written;
}

/** Texts of a model: configuration, tokenizer, processor; whatever else lies in a person's folder stays there. */
function isDescription(path: string): boolean {
  return (
    /\.(json|jinja|txt|model)$/.test(path) && !/\.safetensors\.index\.json$|^integrity\.json$/.test(path)
  );
}

/** The template that a folder's tokenizer alone knows. */
function templateOf(files: ReadonlyMap<string, Uint8Array>): string | undefined {
  if (files.has('chat_template.jinja') || files.has('chat_template.json')) return undefined;
  const read = (file: string) => {
    const bytes = files.get(file);
    return (
      bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { chat_template?: unknown }).chat_template
    );
  };
  const template = read('tokenizer_config.json');
  return typeof template === 'string' && read('processor_config.json') === undefined ? template : undefined;
}

/** Whole tensors in their order, as many to a shard as fit. */
function split(tensors: HostTensors): HostTensors[] {
  const shards: Map<string, HostTensor>[] = [];
  let room = 0;
  for (const [name, tensor] of tensors) {
    const bytes = 2 * tensor.data.length;
    if (shards.length === 0 || bytes > room) {
      shards.push(new Map());
      room = shardLimit - headerAllowance;
    }
    shards.at(-1)!.set(name, tensor);
    room -= bytes;
  }
  return shards;
}
