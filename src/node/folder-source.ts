import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../engine/errors.ts';
import type { FileSource } from '../engine/models/checkpoints/source.ts';

/** Files of a folder on disk, with the same errors as over HTTP. */
export function folderSource(root: string): FileSource {
  return {
    async bytes(file, { onBytes } = {}) {
      try {
        const bytes = new Uint8Array(await readFile(path.resolve(root, file)));
        onBytes?.(bytes.byteLength, bytes.byteLength);
        return bytes;
      } catch (error) {
        throw new EngineError('file-missing', `“${file}” is not there.`, 'Check the path and try again.', {
          cause: error,
        });
      }
    },
  };
}
