import { lookAtOwnModel } from '../../store/own/own-model.ts';
import { filesOf } from './dropped-files.ts';

/** Looks at a folder that was dropped on the card of a teacher or student; the browser may give it as a handle. */
export async function takeDropped(
  card: 'Teacher' | 'Student',
  entries: readonly FileSystemEntry[],
  folder: Promise<FileSystemDirectoryHandle | undefined>,
): Promise<void> {
  const chosen = (await folder) ?? (await filesOf(entries));
  await lookAtOwnModel(card === 'Teacher' ? 'teacher' : 'student', chosen);
}
