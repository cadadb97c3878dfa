import { EngineError } from '../../errors.ts';

export interface FetchOptions {
  /** Bytes that arrived so far and, where known, the file's size. */
  onBytes?: (loaded: number, total: number | undefined) => void;
  /** Go to the network even if a copy is kept. */
  fresh?: boolean;
  /** What the whole file hashes to. Only such files are kept, under their hash, so that versions never mix. */
  sha256?: string;
  signal?: AbortSignal;
}

/** What a disk or a drop can do and a web server can not. */
export interface FolderAccess {
  /** The files right in a folder. */
  list(folder: string): Promise<readonly { path: string; bytes: number }[]>;
  /** Bytes [from, to) of a file. @throws EngineError `file-missing` */
  part(path: string, from: number, to: number): Promise<Uint8Array>;
}

/** Where files come from: a web server or a folder. Paths are relative to the site's public files. */
export interface FileSource {
  /** @throws EngineError `file-missing`, or `file-truncated` when the connection breaks on the way */
  bytes(path: string, options?: FetchOptions): Promise<Uint8Array>;
  readonly folders?: FolderAccess;
}

/** JSON of a small file. @throws EngineError `file-corrupt` when it does not parse. */
export async function readJson(source: FileSource, path: string, options?: FetchOptions): Promise<unknown> {
  const bytes = await source.bytes(path, options);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new EngineError('file-corrupt', `“${path}” is not valid JSON.`, 'Fetch the file again.', {
      cause: error,
    });
  }
}

/**
 * Files over HTTP with progress, whole files kept in the Cache API where one is given. A full or forbidden cache only
 * costs the next load; it is never an error.
 */
export function httpSource(base: URL, cache?: Cache): FileSource {
  return {
    async bytes(path, { onBytes, fresh, sha256, signal } = {}) {
      const url = new URL(path, base);
      const key = cache !== undefined && sha256 !== undefined ? new URL(`?sha256=${sha256}`, url) : undefined;
      if (key !== undefined && !fresh) {
        const hit = await cache!.match(key).catch(() => undefined);
        if (hit !== undefined) {
          const bytes = new Uint8Array(await hit.arrayBuffer());
          onBytes?.(bytes.byteLength, bytes.byteLength);
          return bytes;
        }
      }
      const response = await fetch(url, { signal, cache: fresh ? 'reload' : 'default' }).catch(
        (error: unknown) => {
          if (signal?.aborted) throw error;
          throw missing(path, 'the network request failed', error);
        },
      );
      if (!response.ok) throw missing(path, `the server answered ${response.status}`);
      const bytes = await readBody(response, onBytes).catch((error: unknown) => {
        if (signal?.aborted) throw error;
        throw new EngineError(
          'file-truncated',
          `The connection broke while “${path}” was arriving.`,
          'Check the connection and try again.',
          { cause: error },
        );
      });
      if (isPage(bytes)) throw missing(path, 'the server answered with a page instead');
      if (key !== undefined) await keep(cache!, key, bytes).catch(() => undefined);
      return bytes;
    },
  };
}

/** In place of other versions of the same file. */
async function keep(cache: Cache, key: URL, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await cache.put(key, new Response(bytes, { headers: { 'content-length': String(bytes.byteLength) } }));
  for (const other of await cache.keys(key, { ignoreSearch: true }))
    if (other.url !== key.href) await cache.delete(other);
}

async function readBody(
  response: Response,
  onBytes: FetchOptions['onBytes'],
): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) && !response.headers.has('content-encoding') ? length : undefined;
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loaded += value.byteLength;
    onBytes?.(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Servers of single-page apps answer every path, with their page where there is no such file. */
function isPage(bytes: Uint8Array): boolean {
  return /^\s*<(?:!doctype\b|!--|html\b)/i.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}

function missing(path: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'file-missing',
    `“${path}” could not be fetched: ${reason}.`,
    'Check the connection and try again.',
    { cause },
  );
}
