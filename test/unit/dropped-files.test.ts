import { expect, it } from 'vitest';
import { filesOf } from '../../src/panels/own-model/dropped-files.ts';

/** Entries as a browser gives them for what is dropped: a directory tells of two at a time. */
function file(name: string): FileSystemEntry {
  const content = new File(['x'], name);
  return {
    isFile: true,
    name,
    file: (found: (one: File) => void) => found(content),
  } as unknown as FileSystemEntry;
}
function directory(name: string, ...inside: FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    const left = [...inside];
    return { readEntries: (found: (some: FileSystemEntry[]) => void) => found(left.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, name, createReader } as unknown as FileSystemEntry;
}

it('a dropped folder gives all its files, with their paths', async () => {
  const dropped = [
    directory('model', file('config.json'), file('a'), file('b'), directory('inner', file('c'))),
    file('d.zip'),
  ];
  expect((await filesOf(dropped)).map(({ path }) => path)).toEqual([
    'model/config.json',
    'model/a',
    'model/b',
    'model/inner/c',
    'd.zip',
  ]);
});
