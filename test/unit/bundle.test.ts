import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeState } from '../../src/engine/run/saved-state.ts';
import { readBundle, writeBundle } from '../../src/store/files/bundle.ts';
import { liveEvents, recorded, stateOf } from './run-fixtures.ts';

const record = recorded(liveEvents().slice(0, 18));
const state = (change: { dataHash?: string } = {}) =>
  encodeState(
    stateOf(record, {
      tensors: new Map([['main/w', Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i))]]),
      ...change,
    }),
  );

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const text = (value: string) => new TextEncoder().encode(value);
/** The bundle with some of its files replaced; null takes one away. */
async function changed(change: Record<string, Uint8Array | null>): Promise<Uint8Array> {
  const files: Record<string, Uint8Array> = unzipSync(
    await bytesOf(await writeBundle({ record, state: state() })),
  );
  for (const [name, bytes] of Object.entries(change))
    if (bytes === null) delete files[name];
    else files[name] = bytes;
  return zipSync(files, { level: 1 });
}

const refused = (zip: Uint8Array, message: RegExp) =>
  expect(readBundle(zip)).rejects.toMatchObject({
    code: 'bundle-invalid',
    message: expect.stringMatching(message) as string,
    action: expect.stringMatching(/\w/) as string,
  });

describe('a bundle', () => {
  it('brings a run, its state and its student back', async () => {
    const student = new Map([['config.json', text('{}')]]);
    const zip = await bytesOf(await writeBundle({ record, state: state(), student }));
    const opened = await readBundle(zip);
    expect(opened.record).toEqual(record);
    // Larger than a piece of the packing.
    expect(opened.state!.length).toBeGreaterThan(1 << 20);
    expect(Buffer.compare(opened.state!, state())).toBe(0);
    const files = unzipSync(zip);
    expect(Object.keys(files).sort()).toEqual([
      'README.txt',
      'bundle.json',
      'recipe.json',
      'run.json',
      'state.bin',
      'student/config.json',
    ]);
    expect(JSON.parse(new TextDecoder().decode(files['recipe.json']))).toEqual(record.recipe);
    expect(new TextDecoder().decode(files['README.txt'])).toMatch(/nano · GenRecal.*4 of 8/s);
    const bare = await bytesOf(await writeBundle({ record }));
    expect(await readBundle(bare)).toEqual({ record, state: undefined });
  });

  it.each([
    [
      'a folder, as Finder packs it',
      (name: string) => `my run/${name}`,
      ['__MACOSX/my run/._run.json', 'my run/.DS_Store', '__MACOSX/._my run'],
    ],
    [
      'backslashes, as some packers on Windows write them',
      (name: string) => `my run\\${name}`,
      ['my run\\Thumbs.db'],
    ],
    ['folders in folders', (name: string) => `a/b/${name}`, ['a/', 'a/b/']],
    ['a dot', (name: string) => `./${name}`, []],
  ])('opens when it was packed again, with %s', async (_, rename, others) => {
    const student = new Map([['bundle.txt', text('{}')]]);
    const files = unzipSync(await bytesOf(await writeBundle({ record, state: state(), student })));
    const again = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [rename(name), bytes]));
    for (const name of others) again[name] = text(name.endsWith('/') ? '' : 'Mac OS X');
    const opened = await readBundle(zipSync(again, { level: 1 }));
    expect(opened.record).toEqual(record);
    expect(Buffer.compare(opened.state!, state())).toBe(0);
  });

  it('is refused when it holds two', async () => {
    const files = unzipSync(await bytesOf(await writeBundle({ record })));
    const two = Object.fromEntries(
      ['a', 'b'].flatMap((folder) =>
        Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]),
      ),
    );
    await refused(zipSync(two), /holds 2 runs/);
  });

  it('is refused when it is none, cut short or incomplete', async () => {
    await refused(text('hello, world'), /not a ZIP file/);
    const whole = await changed({});
    await refused(whole.slice(0, whole.length / 2), /not a ZIP file, or it is cut short/);
    await refused(await changed({ 'bundle.json': null }), /“bundle.json” is missing/);
    await refused(await changed({ 'run.json': null }), /“run.json” is missing/);
    await refused(await changed({ 'state.bin': null }), /“state.bin” is missing/);
  });

  it('is refused when damaged, of another version, or put together from two runs', async () => {
    await refused(await changed({ 'run.json': text('{}') }), /“run.json” is damaged/);
    await refused(await changed({ 'state.bin': state().slice(0, -4) }), /“state.bin” is damaged/);
    await refused(await changed({ 'bundle.json': text('{') }), /“bundle.json” is damaged/);
    await refused(await changed({ 'bundle.json': text('[]') }), /does not describe a run/);
    const manifest = (version: number) =>
      text(JSON.stringify({ format: 'genrecal-run', version, files: {} }));
    await refused(await changed({ 'bundle.json': manifest(2) }), /newer version of this page/);
    await refused(await changed({ 'bundle.json': manifest(0) }), /older version of this page/);
    const mixed = await bytesOf(await writeBundle({ record, state: state({ dataHash: 'x' }) }));
    await refused(mixed, /state belongs to another run/);
  });

  it('is written without what would make it too large to be opened again', async () => {
    // Of memory that nothing touches.
    const large = new Uint8Array(1.51e9);
    for (const weights of [{ state: large }, { student: new Map([['model.safetensors', large]]) }]) {
      const zip = await bytesOf(await writeBundle({ record, ...weights }));
      expect(await readBundle(zip)).toEqual({ record, state: undefined });
      const files = unzipSync(zip);
      expect(Object.keys(files)).toHaveLength(4);
      expect(new TextDecoder().decode(files['README.txt'])).not.toMatch(/state\.bin|student/);
    }
    const told = { type: 'status' as const, message: 'x'.repeat(201e6) };
    await expect(
      writeBundle({ record: { ...record, events: [{ at: 0, event: told }] } }),
    ).rejects.toMatchObject({
      code: 'bundle-invalid',
      message: 'The run has told too much for a file: 201 MB.',
    });
  });

  it('is not unpacked when it would take the memory of the page', async () => {
    const bomb = new Uint8Array(210e6);
    await refused(await changed({ 'run.json': bomb }), /would unpack to 210 MB/);
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`x${i}`, text('')]));
    await refused(await changed(many), /more than 200 files/);
  });
});
