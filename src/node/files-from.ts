import { openAsBlob, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../engine/errors.ts';
import type { OwnFile } from '../engine/own-file.ts';

/**
 * A folder with all that lies in it, or a single file, as a person would choose it on the page; read when it is needed.
 * @throws EngineError `file-missing`
 */
export async function filesFrom(place: string): Promise<OwnFile[]> {
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined)
    throw new EngineError('file-missing', `“${place}” is not there.`, 'Name a folder, a zip or a file.');
  const name = path.basename(path.resolve(place));
  if (found.isFile()) return [{ path: name, file: await openAsBlob(place) }];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return { path: path.join(name, path.relative(place, file)), file: await openAsBlob(file) };
      }),
  );
}
