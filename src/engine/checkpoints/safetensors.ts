import { z } from 'zod';
import { EngineError } from '../errors.ts';

/** A tensor on the host, widened to f32. */
export interface HostTensor {
  shape: number[];
  data: Float32Array;
}

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());

const bytesPer: Record<string, number> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Reads a safetensors file: u64 header length, JSON header with offsets relative to the data, data.
 * F16 and BF16 widen to f32 exactly.
 * @throws EngineError `file-truncated`, `file-corrupt` or `file-unsupported`, naming the file.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Map<string, HostTensor> {
  const corrupt = (reason: string, cause?: unknown) =>
    new EngineError(
      'file-corrupt',
      `“${file}” is not a valid safetensors file: ${reason}.`,
      'Fetch the checkpoint again.',
      { cause },
    );
  const truncated = (expected: number) =>
    new EngineError(
      'file-truncated',
      `“${file}” is cut short: ${bytes.byteLength} of at least ${expected} bytes.`,
      'Fetch the checkpoint again.',
    );
  if (bytes.byteLength < 8) throw truncated(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > 100_000_000) throw corrupt('its header length is absurd');
  const start = 8 + headerLength;
  if (bytes.byteLength < start) throw truncated(start);
  let header: Record<string, unknown>;
  try {
    header = headerSchema.parse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start))),
    );
  } catch (error) {
    throw corrupt('its header is not JSON', error);
  }
  const tensors = new Map<string, HostTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw corrupt(`the header of tensor “${name}” is malformed`, entry.error);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    const width = bytesPer[dtype];
    if (width === undefined)
      throw new EngineError(
        'file-unsupported',
        `Tensor “${name}” in “${file}” has the type ${dtype}.`,
        'Use a checkpoint in F32, F16 or BF16.',
      );
    const size = shape.reduce((a, b) => a * b, 1);
    if (offsets[1] - offsets[0] !== size * width)
      throw corrupt(`the offsets of tensor “${name}” do not fit its shape`);
    if (start + offsets[1] > bytes.byteLength) throw truncated(start + offsets[1]);
    tensors.set(name, { shape, data: widen(bytes, start + offsets[0], size, dtype) });
  }
  return tensors;
}

function widen(bytes: Uint8Array, offset: number, size: number, dtype: string): Float32Array {
  // A copy is aligned whatever the offset.
  const raw = bytes.slice(offset, offset + size * bytesPer[dtype]!).buffer;
  if (dtype === 'F32') return new Float32Array(raw);
  const half = new Uint16Array(raw);
  const bits = new Uint32Array(size);
  if (dtype === 'BF16') for (let i = 0; i < size; i++) bits[i] = half[i]! << 16;
  else for (let i = 0; i < size; i++) bits[i] = halfToFloatBits(half[i]!);
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16 → binary32, bit patterns. */
function halfToFloatBits(h: number): number {
  const sign = (h & 0x8000) << 16;
  let exponent = (h >>> 10) & 0x1f;
  let fraction = h & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    exponent = 1;
    while ((fraction & 0x400) === 0) {
      fraction <<= 1;
      exponent--;
    }
    fraction &= 0x3ff;
  }
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}

/** Writes f32 tensors as one safetensors file; the header is padded to 8 bytes, as the format asks. */
export function writeSafetensors(tensors: ReadonlyMap<string, HostTensor>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8);
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + encoded.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  let at = 8 + encoded.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
