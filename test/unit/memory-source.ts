import { EngineError } from '../../src/engine/errors.ts';
import type { FileSource } from '../../src/engine/models/checkpoints/source.ts';

/**
 * One folder of files in memory, as a drop gives them.
 * @param onRead told every byte range that is read
 */
export function memorySource(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  onRead?: (path: string, bytes: number) => void,
): FileSource {
  const read = (path: string): Uint8Array => {
    const bytes = path.startsWith(`${folder}/`) ? files.get(path.slice(folder.length + 1)) : undefined;
    if (bytes !== undefined) return bytes;
    throw new EngineError('file-missing', `“${path}” is not there.`, 'Check the path and try again.');
  };
  return {
    bytes(path, { onBytes } = {}) {
      const bytes = read(path);
      onRead?.(path, bytes.byteLength);
      onBytes?.(bytes.byteLength, bytes.byteLength);
      return Promise.resolve(bytes);
    },
    folders: {
      list: () => Promise.resolve([...files].map(([path, bytes]) => ({ path, bytes: bytes.byteLength }))),
      part(path, from, to) {
        onRead?.(path, to - from);
        return Promise.resolve(read(path).slice(from, to));
      },
    },
  };
}
