import { z } from 'zod';
import { EngineError } from '../../errors.ts';

/** A tensor in a safetensors file: [from, to) counts bytes from the start of the file. */
export interface StoredTensor {
  dtype: string;
  shape: number[];
  from: number;
  to: number;
}

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());

/** Bits a number takes; of types that are not listed the size is not checked. */
const widths: Record<number, string[]> = {
  64: ['F64', 'I64', 'U64'],
  32: ['F32', 'I32', 'U32'],
  16: ['F16', 'BF16', 'I16', 'U16'],
  8: ['I8', 'U8', 'BOOL', 'F8_E4M3', 'F8_E5M2'],
};
const bitsPer = new Map(
  Object.entries(widths).flatMap(([bits, types]) => types.map((type) => [type, Number(bits)] as const)),
);

/** Whether the engine reads numbers of a type. */
export const readableType = (dtype: string): boolean => ['F32', 'F16', 'BF16'].includes(dtype);

/**
 * Where the data of a file begins, from its first 8 bytes.
 * @param size of the whole file in bytes
 * @throws EngineError `file-truncated` or `file-corrupt`, naming the file.
 */
export function dataStart(first: Uint8Array, size: number, file: string): number {
  if (first.byteLength < 8) throw truncated(file, size, 8);
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (length > 100_000_000) throw corrupt(file, 'its header length is absurd');
  if (size < 8 + length) throw truncated(file, size, 8 + length);
  return 8 + length;
}

/**
 * Reads the header of a safetensors file: u64 length, then JSON. The tensors must cover the rest of the file, each byte once.
 * @param start the file up to where its data begins (`dataStart`)
 * @param size of the whole file in bytes
 * @throws EngineError `file-truncated` or `file-corrupt`, naming the file.
 */
export function readHeader(start: Uint8Array, size: number, file: string): Map<string, StoredTensor> {
  let text: string;
  let header: Record<string, unknown>;
  try {
    // A byte order mark is no JSON.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(start.subarray(8));
    header = headerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw corrupt(file, 'its header is not JSON', error);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw corrupt(file, `its header has “${twice.slice(0, 80)}” twice`);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw corrupt(file, `the header of tensor “${name}” is malformed`, entry.error);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    const numbers = shape.reduce((a, b) => a * b, 1);
    const bits = bitsPer.get(dtype);
    if (bits === undefined ? offsets[1] < offsets[0] : offsets[1] - offsets[0] !== (numbers * bits) / 8)
      throw corrupt(file, `the offsets of tensor “${name}” do not fit its shape`);
    const [from, to] = [start.byteLength + offsets[0], start.byteLength + offsets[1]];
    if (to > size) throw truncated(file, size, to);
    tensors.set(name, { dtype, shape, from, to });
  }
  let end = start.byteLength;
  for (const [name, { from, to }] of [...tensors].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw corrupt(file, `tensor “${name}” ${from < end ? 'overlaps another' : 'follows a gap'}`);
    end = to;
  }
  if (end !== size) throw corrupt(file, 'bytes follow its last tensor');
  return tensors;
}

/** A key that stands twice in the outermost object of a JSON text; the parser keeps the last and says nothing. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function corrupt(file: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'file-corrupt',
    `“${file}” is not a valid safetensors file: ${reason}.`,
    'Fetch the checkpoint again.',
    { cause },
  );
}

function truncated(file: string, size: number, expected: number): EngineError {
  return new EngineError(
    'file-truncated',
    `“${file}” is cut short: ${size} of at least ${expected} bytes.`,
    'Fetch the checkpoint again.',
  );
}
