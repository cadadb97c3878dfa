type Pick = (options: { mode: 'read' }) => Promise<FileSystemDirectoryHandle>;

/** The browser's dialog that gives a folder as a handle, which can be remembered; undefined in browsers without. */
export function folderPicker(): Pick | undefined {
  return (window as unknown as { showDirectoryPicker?: Pick }).showDirectoryPicker;
}
