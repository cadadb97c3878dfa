import type { OwnFile } from '../../worker/protocol.ts';

/** What a person chose with a file field: a folder's files have paths. */
export function chosenFiles(list: FileList | null): OwnFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped (`droppedEntries`), folders with all that lies in them. */
export async function filesOf(entries: readonly FileSystemEntry[]): Promise<OwnFile[]> {
  return (await Promise.all(entries.map((entry) => filesIn(entry, entry.name)))).flat();
}

async function filesIn(entry: FileSystemEntry, path: string): Promise<OwnFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((found, failed) =>
      (entry as FileSystemFileEntry).file(found, failed),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: OwnFile[] = [];
  // A reader gives a part of them at a time, and none at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((found, failed) => reader.readEntries(found, failed));
    if (part.length === 0) return files;
    for (const inner of part) files.push(...(await filesIn(inner, `${path}/${inner.name}`)));
  }
}
