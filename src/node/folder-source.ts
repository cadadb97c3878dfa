import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../engine/errors.ts';
import type { FileSource } from '../engine/models/checkpoints/source.ts';

/** Files of a folder on disk, with the same errors as over HTTP. */
export function folderSource(root: string): FileSource {
  const found = async <T>(file: string, read: (place: string) => Promise<T>): Promise<T> => {
    try {
      return await read(path.resolve(root, file));
    } catch (error) {
      throw new EngineError('file-missing', `“${file}” is not there.`, 'Check the path and try again.', {
        cause: error,
      });
    }
  };
  return {
    async bytes(file, { onBytes } = {}) {
      const bytes = await found(file, async (place) => new Uint8Array(await readFile(place)));
      onBytes?.(bytes.byteLength, bytes.byteLength);
      return bytes;
    },
    folders: {
      list: (folder) =>
        found(folder, async (place) => {
          const entries = await readdir(place, { withFileTypes: true });
          const files = entries.filter((entry) => !entry.isDirectory());
          return Promise.all(
            files.map(async ({ name }) => ({ path: name, bytes: (await stat(path.join(place, name))).size })),
          );
        }),
      part: (file, from, to) =>
        found(file, async (place) => {
          const handle = await open(place);
          try {
            const bytes = new Uint8Array(to - from);
            const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, from);
            return bytes.subarray(0, bytesRead);
          } finally {
            await handle.close();
          }
        }),
    },
  };
}
