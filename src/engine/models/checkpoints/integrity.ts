import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import { readJson, type FetchOptions, type FileSource } from './source.ts';

const integritySchema = z.looseObject({
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  weights: z.string(),
});

/** A folder's list of files. @throws EngineError `file-missing`, `file-corrupt` or `file-unsupported` */
export async function readIntegrity(
  source: FileSource,
  folder: string,
): Promise<z.output<typeof integritySchema>> {
  const result = integritySchema.safeParse(await readJson(source, `${folder}/integrity.json`));
  if (!result.success) throw unreadable(folder, 'integrity.json');
  return result.data;
}

/** A file as integrity.json lists it. */
export type CheckedFile = z.output<typeof integritySchema>['files'][number];

/** A file of a checkpoint folder; with its hash where integrity.json says it. */
export interface FolderFile {
  path: string;
  bytes: number;
  sha256?: string;
}

/**
 * The files of a checkpoint folder: those of its integrity.json, or whatever lies there where it has none, as in a folder that
 * `transformers` saved. A web server lists no folders, so there the file has to be.
 */
export async function listFolder(
  source: FileSource,
  folder: string,
): Promise<{ files: ReadonlyMap<string, FolderFile>; weights?: string }> {
  const byName = (files: readonly FolderFile[]) => new Map(files.map((file) => [file.path, file]));
  const there = await source.folders?.list(folder);
  if (there !== undefined && !there.some(({ path }) => path === 'integrity.json'))
    return { files: byName(there) };
  const { files, weights } = await readIntegrity(source, folder);
  return { files: byName(files), weights };
}

/** A shard that is what integrity.json says. A damaged copy from the cache is fetched once more. */
export async function shardBytes(
  source: FileSource,
  path: string,
  entry: CheckedFile,
  options: FetchOptions,
): Promise<Uint8Array> {
  const { sha256: hash } = entry;
  let bytes = await source.bytes(path, { ...options, sha256: hash });
  if (!(await matches(bytes, entry)))
    bytes = await source.bytes(path, { ...options, sha256: hash, fresh: true });
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

async function matches(bytes: Uint8Array, entry: CheckedFile): Promise<boolean> {
  return bytes.byteLength === entry.bytes && (await sha256(bytes)) === entry.sha256;
}

export function unreadable(folder: string, file: string): EngineError {
  return new EngineError(
    'file-unsupported',
    `“${folder}/${file}” does not have the expected contents.`,
    'Use a checkpoint folder as transformers or this project saves it.',
  );
}
