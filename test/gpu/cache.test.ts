import { afterEach, expect, it } from 'vitest';
import { fetchShards, readIntegrity } from '../../src/engine/models/checkpoints/integrity.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { httpSource } from '../../src/engine/models/checkpoints/source.ts';

/** Chromium's own Cache API, with the shipped nano student fetched over HTTP. */
const base = new URL('/', location.href);
const folder = 'checkpoints/nano-student';
const shard = new URL(`${folder}/model-00001-of-00001.safetensors`, base).href;
/** Under its hash. */
const key = async () => {
  const { files } = await readIntegrity(httpSource(base), folder);
  return `${shard}?sha256=${files.find(({ path }) => shard.endsWith(path))!.sha256}`;
};
const open = () => caches.open('test-checkpoints');
const cachedBytes = async (cache: Cache) =>
  new Uint8Array(await (await cache.match(await key()))!.arrayBuffer());

afterEach(() => caches.delete('test-checkpoints'));

it('keeps shards, not JSON files, and takes them from the cache the second time', async () => {
  const cache = await open();
  const first = await loadCheckpoint(httpSource(base, cache), folder);
  expect((await cache.keys()).map(({ url }) => url)).toEqual([await key()]);
  performance.clearResourceTimings();
  const second = await loadCheckpoint(httpSource(base, cache), folder);
  expect([...second.tensors]).toEqual([...first.tensors]);
  const fetched = performance.getEntriesByType('resource').map(({ name }) => name);
  expect(fetched).toContain(new URL(`${folder}/config.json`, base).href);
  expect(fetched).not.toContain(shard);
});

it('replaces a damaged copy in the cache', async () => {
  const cache = await open();
  const good = await loadCheckpoint(httpSource(base, cache), folder);
  const bytes = await cachedBytes(cache);
  bytes[bytes.length - 1]! ^= 1;
  await cache.put(await key(), new Response(bytes));
  const again = await loadCheckpoint(httpSource(base, cache), folder);
  expect([...again.tensors]).toEqual([...good.tensors]);
  bytes[bytes.length - 1]! ^= 1;
  expect(await cachedBytes(cache)).toEqual(bytes);
});

it('keeps one version of a file, and never takes another for it', async () => {
  const cache = await open();
  const older = `${shard}?sha256=${'0'.repeat(64)}`;
  await cache.put(older, new Response('older'));
  await fetchShards(httpSource(base, cache), folder);
  expect((await cache.keys()).map(({ url }) => url)).toEqual([await key()]);
});

it('loads as well where nothing can be kept', async () => {
  const full = await open();
  full.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  const { tensors } = await loadCheckpoint(httpSource(base, full), folder);
  expect(tensors.size).toBeGreaterThan(0);
});
