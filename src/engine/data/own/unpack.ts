import type { UnzipFileInfo } from 'fflate';
import { EngineError } from '../../errors.ts';
import { entriesOf, zipOf, type OwnFile } from '../../own-file.ts';
import { largest } from './bounds.ts';

/** Files by their plain paths; what they hold is read when it is asked for. */
export type Files = ReadonlyMap<string, Blob>;

/**
 * The files that a person chose: a folder's, several, or those of one zip. Names are only ever looked up, nothing is written anywhere; one that leads
 * outside is none. Of a zip no more is unpacked than `largest` allows, whatever it says of itself.
 * @returns and what the whole is called, '' where that is nothing
 * @throws EngineError `file-corrupt` for a zip that cannot be unpacked, `data-invalid` where there is too much of it
 */
export async function unpacked(chosen: readonly OwnFile[]): Promise<{ name: string; files: Files }> {
  const zip = zipOf(chosen);
  const entries =
    zip === undefined ? chosen.map(({ path, file }) => [path, file] as const) : await unzipped(zip);
  const files = new Map<string, Blob>();
  for (const [path, file] of entries) {
    const plain = plainPath(path);
    if (plain !== undefined && !isLitter(plain)) files.set(plain, file);
  }
  if (files.size > largest.files)
    throw tooMuch(`There are ${files.size.toLocaleString('en')} files`, largest.files);
  const [only] = files.size === 1 ? [...files.keys()] : [];
  return { name: nameOf(zip?.path ?? (folderOf(files) || (only ?? ''))), files };
}

/**
 * A path with plain slashes and composed letters (zips of a Mac have them taken apart), without “.” and “..”.
 * @returns undefined where it leads outside
 */
export function plainPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.normalize('NFC').replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.join('/');
}

/** What systems leave beside a person's files. */
function isLitter(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}

function folderOf(files: Files): string {
  const tops = new Set([...files.keys()].map((path) => (path.includes('/') ? path.split('/')[0]! : '')));
  return tops.size === 1 ? [...tops][0]! : '';
}

function nameOf(path: string): string {
  return path
    .split('/')
    .at(-1)!
    .replace(/\.(?:zip|jsonl|json|csv)$/i, '');
}

async function unzipped({ path, file }: OwnFile): Promise<(readonly [string, Blob])[]> {
  if (file.size > largest.unpackedBytes)
    throw tooMuch(`“${path}” has ${megabytes(file.size)}`, megabytes(largest.unpackedBytes));
  let files = 0;
  let bytes = 0;
  const wanted = ({ name, originalSize }: UnzipFileInfo) => {
    if (name.endsWith('/')) return false;
    files++;
    // An entry never grows beyond what it declares: fflate gives it that much room.
    bytes += originalSize;
    return files <= largest.files && bytes <= largest.unpackedBytes;
  };
  const found = await entriesOf({ path, file }, wanted);
  if (files > largest.files)
    throw tooMuch(`“${path}” has ${files.toLocaleString('en')} files`, largest.files);
  if (bytes > largest.unpackedBytes)
    throw tooMuch(`“${path}” unpacks to ${megabytes(bytes)}`, megabytes(largest.unpackedBytes));
  return found;
}

export function tooMuch(what: string, most: number | string): EngineError {
  return new EngineError(
    'data-invalid',
    `${what}; at most ${most.toLocaleString('en')} can be opened here.`,
    'Choose a part of it.',
  );
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
