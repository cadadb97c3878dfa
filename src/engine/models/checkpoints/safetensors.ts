import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import type { HostTensor, HostTensors } from '../host-tensor.ts';
import { floatToHalf, halfToFloatBits } from './half.ts';

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

/** Writes tensors as one safetensors file of F16 (rounded to nearest even); the header is padded to 8 bytes, as the format asks. */
export function writeSafetensors(tensors: HostTensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const [name, { shape, data }] of tensors)
    header[name] = { dtype: 'F16', shape, data_offsets: [end, (end += 2 * data.length)] };
  const text = JSON.stringify(header);
  const length = new TextEncoder().encode(text).length;
  const encoded = new TextEncoder().encode(text + ' '.repeat((8 - (length % 8)) % 8));
  const bytes = new Uint8Array(8 + encoded.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  const halves = new Uint16Array(bytes.buffer, 8 + encoded.length);
  let at = 0;
  for (const { data } of tensors.values()) for (const value of data) halves[at++] = floatToHalf(value);
  return bytes;
}
