/** What was dropped; to be asked while the event is handled, afterwards it is gone. */
export function droppedEntries({ dataTransfer }: { dataTransfer: DataTransfer }): FileSystemEntry[] {
  return [...dataTransfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
}

interface GivingHandles {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** The one folder that was dropped, as a handle, which can be remembered; undefined for anything else, and in browsers without. Asked like the entries. */
export async function droppedFolder({
  dataTransfer,
}: {
  dataTransfer: DataTransfer;
}): Promise<FileSystemDirectoryHandle | undefined> {
  const [item, ...more] = [...dataTransfer.items] as (DataTransferItem & GivingHandles)[];
  if (item === undefined || more.length > 0) return undefined;
  const handle = await item.getAsFileSystemHandle?.().catch(() => null);
  return handle?.kind === 'directory' ? (handle as FileSystemDirectoryHandle) : undefined;
}
