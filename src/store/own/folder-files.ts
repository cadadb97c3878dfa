import { EngineError } from '../../engine/errors.ts';
import type { OwnFile } from '../../worker/protocol.ts';
import type { Chosen } from '../slices/pair-slice.ts';

/** Of the File System Access API, which only some browsers have: handles come from nowhere else. */
interface Permitting {
  requestPermission(descriptor: { mode: 'read' }): Promise<PermissionState>;
}

/**
 * Asks the browser for leave to read a remembered folder; to be called soon after a click, or it refuses.
 * @throws EngineError `file-missing` where a person or the browser says no
 */
export async function askToRead(folder: FileSystemDirectoryHandle): Promise<void> {
  const answer = await (folder as unknown as Permitting)
    .requestPermission({ mode: 'read' })
    .catch(() => 'denied' as const);
  if (answer !== 'granted')
    throw new EngineError(
      'file-missing',
      `The browser was not allowed to read the folder “${folder.name}”.`,
      'Open it again and allow it, or choose the folder anew.',
    );
}

/**
 * The files that a person chose; of a folder all that lies in it, by paths that begin with its name.
 * @throws EngineError `file-missing` where the folder may not be read or is gone
 */
export async function filesOf(chosen: Chosen): Promise<readonly OwnFile[]> {
  if (!('kind' in chosen)) return chosen;
  await askToRead(chosen);
  try {
    return await filesIn(chosen, chosen.name);
  } catch (error) {
    throw new EngineError(
      'file-missing',
      `The folder “${chosen.name}” is no longer where it was, or cannot be read.`,
      'Choose the folder anew, where it is now.',
      { cause: error },
    );
  }
}

async function filesIn(folder: FileSystemDirectoryHandle, path: string): Promise<OwnFile[]> {
  const files: OwnFile[] = [];
  for await (const entry of folder.values()) {
    const inner = `${path}/${entry.name}`;
    if (entry.kind === 'file') files.push({ path: inner, file: await entry.getFile() });
    else files.push(...(await filesIn(entry, inner)));
  }
  return files;
}
