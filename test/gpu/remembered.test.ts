import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesOf } from '../../src/store/own/folder-files.ts';
import { deletePlace, listPlaces, putPlace } from '../../src/store/own/remembered-database.ts';
import { forget, readRemembered, remember } from '../../src/store/own/remembered.ts';
import type { Remembered } from '../../src/store/slices/pair-slice.ts';
import { useStore } from '../../src/store/store.ts';

/** Real folders, which need no picker, in the browser's own database. */
const database = 'genrecal-remembered';
const hub = { repo: 'somebody/tiny', revision: 'c0ffee' };

async function folder(name: string, files: Record<string, string> = {}): Promise<FileSystemDirectoryHandle> {
  const made = await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split('/');
    let place = made;
    for (const inner of parts.slice(0, -1)) place = await place.getDirectoryHandle(inner, { create: true });
    const writable = await (await place.getFileHandle(parts.at(-1)!, { create: true })).createWritable();
    await writable.write(text);
    await writable.close();
  }
  return made;
}

const model = (name: string, place: Remembered['place'], day = 1): Remembered => ({
  what: 'model',
  name,
  label: 'mine',
  bytes: 0,
  rememberedAt: `2026-11-2${day}T10:00:00.000Z`,
  place,
});
const names = (list: readonly Remembered[]) => list.map(({ name }) => name);

beforeEach(async () => {
  await deleteDB(database);
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
  useStore.setState(useStore.getInitialState(), true);
});

afterEach(() => vi.restoreAllMocks());

describe('what is remembered', () => {
  it('is listed, the latest first, its folders readable, until it is forgotten', async () => {
    await putPlace(model('own-1', await folder('a', { 'config.json': '{}' }), 1));
    await putPlace(model('own-2', hub, 2));
    const list = await listPlaces();
    expect(names(list)).toEqual(['own-2', 'own-1']);
    expect(list[0]!.place).toEqual(hub);
    const [file] = await filesOf(list[1]!.place as FileSystemDirectoryHandle);
    expect(file!.path).toBe('a/config.json');
    expect(await file!.file.text()).toBe('{}');
    await deletePlace('own-1');
    expect(names(await listPlaces())).toEqual(['own-2']);
  });

  it('has one model a folder, the one that it holds now, beside pictures of the same folder', async () => {
    await putPlace(model('own-1', await folder('a')));
    await putPlace({ ...model('things@0123456789ab', await folder('a')), what: 'pictures' });
    await putPlace(model('own-2', await folder('b')));
    await putPlace(model('own-3', await folder('a')));
    expect(names(await listPlaces()).sort()).toEqual(['own-2', 'own-3', 'things@0123456789ab']);
  });

  it('of an earlier visit stays as version 1 wrote it; what is damaged is left out', async () => {
    const first = await openDB(database, 1, {
      upgrade: (made) => void made.createObjectStore('places', { keyPath: 'name' }),
    });
    await first.put('places', model('own-1', await folder('a')));
    await first.put('places', { name: 'own-2', what: 'model', place: 'gone' });
    first.close();
    expect(await listPlaces()).toEqual([model('own-1', await folder('a'))]);
  });

  it('is nothing where the browser refuses, which is said once something is to be remembered', async () => {
    (await openDB(database, 99)).close();
    await readRemembered();
    expect(useStore.getState().remembered).toEqual([]);
    expect(useStore.getState().runsNotice).toBeUndefined();
    await remember(model('own-1', hub));
    expect(useStore.getState().runsNotice).toMatchObject({
      code: 'storage-refused',
      message: expect.stringContaining('“mine” is open') as string,
    });
    await forget('own-1');
    expect(useStore.getState().remembered).toEqual([]);
  });
});

describe('a folder', () => {
  it('gives all that lies in it, by paths that begin with its name', async () => {
    const found = await filesOf(await folder('a', { 'config.json': '', 'inner/deep/b': '' }));
    expect(found.map(({ path }) => path).sort()).toEqual(['a/config.json', 'a/inner/deep/b']);
  });

  it('says what is wrong where it is gone, or may not be read', async () => {
    const a = await folder('a', { b: '' });
    const request = vi.spyOn(
      FileSystemHandle.prototype as unknown as { requestPermission(): Promise<PermissionState> },
      'requestPermission',
    );
    request.mockResolvedValueOnce('denied');
    await expect(filesOf(a)).rejects.toMatchObject({
      code: 'file-missing',
      message: 'The browser was not allowed to read the folder “a”.',
    });
    request.mockRejectedValueOnce(new DOMException('no click', 'SecurityError'));
    await expect(filesOf(a)).rejects.toThrow('not allowed');
    expect(await filesOf(a)).toHaveLength(1);
    await (await navigator.storage.getDirectory()).removeEntry('a', { recursive: true });
    await expect(filesOf(a)).rejects.toMatchObject({
      code: 'file-missing',
      message: 'The folder “a” is no longer where it was, or cannot be read.',
    });
  });
});
