import { readPairs } from './checkpoint-index.ts';
import { fetchShards } from './integrity.ts';
import type { FileSource } from './source.ts';

/** Brings the files of pairs into the cache, so that they load without a network. */
export async function keepPairs(source: FileSource, keys: readonly string[]): Promise<void> {
  const pairs = (await readPairs(source)).filter(({ key }) => keys.includes(key));
  for (const { teacher, student } of pairs)
    for (const { folder } of [teacher, student]) await fetchShards(source, `checkpoints/${folder}`);
}
