import type { HostTensor, HostTensors } from '../host-tensor.ts';
import { floatToHalf, halfToFloatBits } from './half.ts';
import { dataStart, readableType, readHeader, type StoredTensor } from './safetensors-header.ts';

/**
 * Reads a safetensors file: its header, and behind it every tensor of F32, F16 or BF16; what has another type is left out.
 * @throws EngineError `file-truncated` or `file-corrupt`, naming the file.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Map<string, HostTensor> {
  const start = dataStart(bytes, bytes.byteLength, file);
  const tensors = new Map<string, HostTensor>();
  for (const [name, stored] of readHeader(bytes.subarray(0, start), bytes.byteLength, file))
    if (readableType(stored.dtype)) tensors.set(name, widen(bytes.subarray(stored.from, stored.to), stored));
  return tensors;
}

/** The numbers of a stored tensor. F16 and BF16 widen to f32 exactly. */
export function widen(
  bytes: Uint8Array,
  { dtype, shape }: Pick<StoredTensor, 'dtype' | 'shape'>,
): HostTensor {
  // A copy is aligned whatever the offset.
  const raw = bytes.slice().buffer;
  if (dtype === 'F32') return { shape, data: new Float32Array(raw) };
  const half = new Uint16Array(raw);
  const bits = new Uint32Array(half.length);
  if (dtype === 'BF16') for (let i = 0; i < half.length; i++) bits[i] = half[i]! << 16;
  else for (let i = 0; i < half.length; i++) bits[i] = halfToFloatBits(half[i]!);
  return { shape, data: new Float32Array(bits.buffer) };
}

/** Writes tensors as one safetensors file of F16 (rounded to nearest even) or F32; the header is padded to 8 bytes, as the format asks. */
export function writeSafetensors(tensors: HostTensors, dtype: 'F16' | 'F32' = 'F16'): Uint8Array {
  const width = dtype === 'F16' ? 2 : 4;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const [name, { shape, data }] of tensors)
    header[name] = { dtype, shape, data_offsets: [end, (end += width * data.length)] };
  const text = JSON.stringify(header);
  const length = new TextEncoder().encode(text).length;
  const encoded = new TextEncoder().encode(text + ' '.repeat((8 - (length % 8)) % 8));
  const bytes = new Uint8Array(8 + encoded.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  const numbers = new (dtype === 'F16' ? Uint16Array : Float32Array)(bytes.buffer, 8 + encoded.length);
  let at = 0;
  for (const { data } of tensors.values())
    for (const value of data) numbers[at++] = dtype === 'F16' ? floatToHalf(value) : value;
  return bytes;
}
