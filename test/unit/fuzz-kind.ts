import type { Random } from '../../src/engine/random.ts';

export const bytesOf = (text: string) => new TextEncoder().encode(text);
/** What `JSON.stringify` cannot write, a file can hold all the same. */
export function textOf(json: unknown): string {
  try {
    return JSON.stringify(json) ?? '';
  } catch {
    return '['.repeat(100_000) + ']'.repeat(100_000);
  }
}
/** One kind of input: `read` gets it damaged; what it accepts must be sane. */
export interface Case<T> {
  name: string;
  count: number;
  read: (random: Random) => T | Promise<T>;
  sane: (value: T) => void;
}
export const kind = <T>(
  name: string,
  count: number,
  read: Case<T>['read'],
  sane: Case<T>['sane'],
): Case<unknown> => ({ name, count, read, sane: sane as Case<unknown>['sane'] });

/** A header between its length and the bytes behind it. */
export function withHeader(header: string, rest: Uint8Array, lengthBytes: 4 | 8): Uint8Array {
  const encoded = bytesOf(header);
  const bytes = new Uint8Array(lengthBytes + encoded.length + rest.length);
  new DataView(bytes.buffer).setUint32(0, encoded.length, true);
  bytes.set(encoded, lengthBytes);
  bytes.set(rest, lengthBytes + encoded.length);
  return bytes;
}
export const headerOf = (bytes: Uint8Array, lengthBytes: 4 | 8) => {
  const end = lengthBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(lengthBytes, end))) as unknown;
  return { json, rest: bytes.slice(end) };
};
