import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { shardBytes, unreadable, type FolderFile } from './integrity.ts';
import { dataStart, readHeader, type StoredTensor } from './safetensors-header.ts';
import { readJson, type FileSource } from './source.ts';

const indexFile = 'model.safetensors.index.json';
const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });
const parallelFetches = 6;

/** One file of weights whose header is read: its tensors under the names it gives them, and a way to their bytes. */
export interface Shard {
  path: string;
  tensors: ReadonlyMap<string, StoredTensor>;
  read(tensor: StoredTensor): Promise<Uint8Array>;
}

/** Bytes of all shards that arrived so far, of `totalBytes`. */
export type ShardProgress = (path: string, loadedBytes: number, totalBytes: number) => void;

/**
 * Opens every file of weights of a folder: those that its index names, or its one file. A shard with a hash is fetched whole and checked
 * before it is read; of any other the header alone, so that what does not fit is refused before it is read.
 * @throws EngineError `file-missing`, `file-truncated`, `file-corrupt` or `file-unsupported`, naming the file.
 */
export async function openShards(
  source: FileSource,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
  onProgress?: ShardProgress,
): Promise<Shard[]> {
  const weightMap = await readIndex(source, folder, files);
  const names = weightMap === undefined ? [onlyFile(folder, files)] : [...new Set(weightMap.values())].sort();
  const entries = names.map((name) => entryOf(folder, files, name));
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const loaded = new Map<string, number>();
  const abort = new AbortController();

  const open = async (entry: FolderFile): Promise<Shard> => {
    const path = `${folder}/${entry.path}`;
    const arrived = (bytes: number) => {
      loaded.set(path, Math.min(bytes, entry.bytes));
      onProgress?.(
        path,
        [...loaded.values()].reduce((a, b) => a + b, 0),
        totalBytes,
      );
    };
    const { sha256 } = entry;
    if (sha256 === undefined) return openPart(source, path, entry.bytes, arrived);
    const options = { onBytes: arrived, signal: abort.signal };
    const bytes = await shardBytes(source, path, { ...entry, sha256 }, options);
    const start = dataStart(bytes, bytes.byteLength, path);
    return {
      path,
      tensors: readHeader(bytes.subarray(0, start), bytes.byteLength, path),
      read: ({ from, to }) => Promise.resolve(bytes.subarray(from, to)),
    };
  };

  const opened: Shard[] = [];
  const queue = [...entries.entries()];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      opened[next[0]] = await open(next[1]);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallelFetches, entries.length) }, lane));
  } catch (error) {
    queue.length = 0;
    abort.abort();
    throw error;
  }
  if (weightMap !== undefined) checkIndex(folder, opened, weightMap);
  return opened;
}

/** A file of which any part can be read. */
async function openPart(
  source: FileSource,
  path: string,
  size: number,
  arrived: (bytes: number) => void,
): Promise<Shard> {
  const { folders } = source;
  if (folders === undefined) throw new Error('files without a hash come from folders');
  const start = dataStart(await folders.part(path, 0, Math.min(8, size)), size, path);
  const tensors = readHeader(await folders.part(path, 0, start), size, path);
  let read = start;
  return {
    path,
    tensors,
    async read({ from, to }) {
      const bytes = await folders.part(path, from, to);
      arrived((read += bytes.byteLength));
      return bytes;
    },
  };
}

async function readIndex(
  source: FileSource,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (!files.has(indexFile)) return undefined;
  const index = indexSchema.safeParse(await readJson(source, `${folder}/${indexFile}`));
  if (!index.success) throw unreadable(folder, indexFile);
  return new Map(Object.entries(index.data.weight_map));
}

/** The file of a folder without an index. */
function onlyFile(folder: string, files: ReadonlyMap<string, FolderFile>): string {
  if (files.has('model.safetensors')) return 'model.safetensors';
  const other = [...files.keys()].find((name) => /\.(bin|pt|pth|gguf|onnx|h5|msgpack|ckpt)$/.test(name));
  throw new EngineError(
    'file-unsupported',
    `“${folder}” has no model.safetensors and no ${indexFile}${other === undefined ? '' : `, only “${other}”`}.`,
    'Save the model with `save_pretrained(folder, safe_serialization=True)` and choose that folder.',
  );
}

function entryOf(folder: string, files: ReadonlyMap<string, FolderFile>, name: string): FolderFile {
  const entry = files.get(name);
  if (entry !== undefined) return entry;
  throw files.has('integrity.json')
    ? new EngineError(
        'file-unsupported',
        `integrity.json of “${folder}” does not list “${name}”.`,
        'Use files that belong together.',
      )
    : new EngineError(
        'file-missing',
        `“${folder}/${name}” is not there, though ${indexFile} names it.`,
        'Choose the folder with all its files.',
      );
}

/** Every tensor stands where the index places it, and nowhere else. */
function checkIndex(folder: string, shards: readonly Shard[], weightMap: ReadonlyMap<string, string>): void {
  const found = new Set<string>();
  for (const { path, tensors } of shards)
    for (const name of tensors.keys()) {
      if (`${folder}/${weightMap.get(name)}` !== path)
        throw new EngineError(
          'file-corrupt',
          `“${path}” holds the tensor “${name}”, which the index does not place there.`,
          'Use files that belong together.',
        );
      found.add(name);
    }
  const absent = [...weightMap.keys()].find((name) => !found.has(name));
  if (absent !== undefined)
    throw new EngineError(
      'file-corrupt',
      `Tensor “${absent}” of “${folder}” is not in the shard its index names.`,
      'Use files that belong together.',
    );
}
