import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type { TextOnlyConfig, VlmConfig } from '../config.ts';
import type { HostTensor, HostTensors } from '../host-tensor.ts';
import { parseConfig } from '../families/parse-config.ts';
import { checkTensors } from './check-tensors.ts';
import { parseSafetensors } from './safetensors.ts';
import { readJson, type FetchOptions, type FileSource } from './source.ts';

interface Folder {
  name: string;
  tensors: HostTensors;
  tokenizerJson: unknown;
  tokenizerConfig: unknown;
  /** SHA-256 over the shards' hashes: what a saved run belongs to. */
  hash: string;
}

/** What reads no pictures has nothing to prepare them with. */
export interface TextOnlyCheckpoint extends Folder {
  config: TextOnlyConfig;
  preprocessor?: undefined;
}

export interface VlmCheckpoint extends Folder {
  config: VlmConfig;
  preprocessor: { imageMean: number[]; imageStd: number[] };
}

/** A Hugging Face folder in host memory. */
export type Checkpoint = TextOnlyCheckpoint | VlmCheckpoint;

export interface LoadEvent {
  file: string;
  loadedBytes: number;
  totalBytes: number;
}

const integritySchema = z.looseObject({
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  weights: z.string(),
});
const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });
const preprocessorSchema = z.looseObject({ image_mean: z.array(z.number()), image_std: z.array(z.number()) });

const parallelFetches = 6;

/**
 * Loads a sharded checkpoint: shards in parallel, each checked against its SHA-256 before it is read. A damaged copy from the
 * cache is fetched once more. All or nothing: the promise rejects before any partial result is visible.
 * @throws EngineError `file-missing`, `file-truncated`, `file-corrupt` or `file-unsupported`, naming the file.
 */
export async function loadCheckpoint(
  source: FileSource,
  folder: string,
  onProgress?: (event: LoadEvent) => void,
): Promise<Checkpoint> {
  const json = (file: string) => readJson(source, `${folder}/${file}`);
  const integrity = await readIntegrity(source, folder);
  const [described, indexJson, tokenizerJson, tokenizerConfig] = await Promise.all([
    readDescription(json, folder),
    json('model.safetensors.index.json'),
    json('tokenizer.json'),
    json('tokenizer_config.json'),
  ]);
  const index = indexSchema.safeParse(indexJson);
  if (!index.success) throw unreadable(folder, 'model.safetensors.index.json');

  const shards = [...new Set(Object.values(index.data.weight_map))].sort();
  const known = new Map(integrity.files.map((file) => [file.path, file]));
  const sizes = shards.map((shard) => known.get(shard)?.bytes ?? 0);
  const totalBytes = sizes.reduce((a, b) => a + b, 0);
  const loaded = new Map<string, number>();
  const tensors = new Map<string, HostTensor>();

  const loadShard = async (shard: string) => {
    const entry = known.get(shard);
    if (entry === undefined)
      throw new EngineError(
        'file-unsupported',
        `integrity.json of “${folder}” does not list “${shard}”.`,
        'Use files that belong together.',
      );
    const path = `${folder}/${shard}`;
    const onBytes = (bytes: number) => {
      loaded.set(shard, Math.min(bytes, entry.bytes));
      onProgress?.({ file: path, loadedBytes: [...loaded.values()].reduce((a, b) => a + b, 0), totalBytes });
    };
    const bytes = await shardBytes(source, path, entry, { onBytes, signal: abort.signal });
    for (const [name, tensor] of parseSafetensors(bytes, path)) {
      if (index.data.weight_map[name] !== shard)
        throw new EngineError(
          'file-corrupt',
          `“${path}” holds the tensor “${name}”, which the index does not place there.`,
          'Use files that belong together.',
        );
      tensors.set(name, tensor);
    }
  };

  const abort = new AbortController();
  const queue = [...shards];
  const lane = async () => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) await loadShard(shard);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallelFetches, shards.length) }, lane));
  } catch (error) {
    queue.length = 0;
    abort.abort();
    throw error;
  }
  const absent = Object.keys(index.data.weight_map).find((name) => !tensors.has(name));
  if (absent !== undefined)
    throw new EngineError(
      'file-corrupt',
      `Tensor “${absent}” of “${folder}” is not in the shard its index names.`,
      'Use files that belong together.',
    );
  checkTensors(described.config, tensors, folder);
  // In the index's order, not the shards' order of arrival: sums over all weights must not depend on the network.
  const ordered = Object.keys(index.data.weight_map).map((name) => [name, tensors.get(name)!] as const);
  return {
    ...described,
    name: folder.split('/').at(-1)!,
    tensors: new Map(ordered),
    tokenizerJson,
    tokenizerConfig,
    hash: integrity.weights,
  };
}

/** What config.json says and, where it reads pictures, preprocessor_config.json. */
async function readDescription(
  json: (file: string) => Promise<unknown>,
  folder: string,
): Promise<Pick<TextOnlyCheckpoint, 'config'> | Pick<VlmCheckpoint, 'config' | 'preprocessor'>> {
  const config = parseConfig(await json('config.json'));
  if (config.vision === undefined) return { config };
  const preprocessor = preprocessorSchema.safeParse(await json('preprocessor_config.json'));
  if (!preprocessor.success) throw unreadable(folder, 'preprocessor_config.json');
  const { image_mean: imageMean, image_std: imageStd } = preprocessor.data;
  return { config, preprocessor: { imageMean, imageStd } };
}

/** A folder's list of files. @throws EngineError `file-missing`, `file-corrupt` or `file-unsupported` */
export async function readIntegrity(
  source: FileSource,
  folder: string,
): Promise<z.output<typeof integritySchema>> {
  const result = integritySchema.safeParse(await readJson(source, `${folder}/integrity.json`));
  if (!result.success) throw unreadable(folder, 'integrity.json');
  return result.data;
}

type FileEntry = z.output<typeof integritySchema>['files'][number];

/** A shard that is what integrity.json says. A damaged copy from the cache is fetched once more. */
async function shardBytes(
  source: FileSource,
  path: string,
  entry: FileEntry,
  options: FetchOptions,
): Promise<Uint8Array> {
  const { sha256 } = entry;
  let bytes = await source.bytes(path, { ...options, sha256 });
  if (!(await matches(bytes, entry))) bytes = await source.bytes(path, { ...options, sha256, fresh: true });
  if (bytes.byteLength < entry.bytes)
    throw new EngineError(
      'file-truncated',
      `“${path}” is cut short: ${bytes.byteLength} of ${entry.bytes} bytes.`,
      'Check the connection and try again.',
    );
  if (!(await matches(bytes, entry)))
    throw new EngineError(
      'file-corrupt',
      `“${path}” is damaged: its SHA-256 is not the one in integrity.json.`,
      'Try again; if it stays damaged, the server’s copy is.',
    );
  return bytes;
}

/** Reads a folder's shards one after the other, so that a source that keeps files has them all. */
export async function fetchShards(source: FileSource, folder: string): Promise<void> {
  for (const entry of (await readIntegrity(source, folder)).files)
    if (entry.path.endsWith('.safetensors')) await shardBytes(source, `${folder}/${entry.path}`, entry, {});
}

async function matches(bytes: Uint8Array, entry: FileEntry): Promise<boolean> {
  return bytes.byteLength === entry.bytes && (await sha256(bytes)) === entry.sha256;
}

function unreadable(folder: string, file: string): EngineError {
  return new EngineError(
    'file-unsupported',
    `“${folder}/${file}” does not have the expected contents.`,
    'Use a checkpoint folder as this project writes it.',
  );
}
