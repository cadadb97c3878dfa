import { describe, expect, it } from 'vitest';
import { floatToHalf, halfToFloatBits } from '../../src/engine/models/checkpoints/half.ts';
import { parseSafetensors, writeSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';

/** A file made by hand, independent of the writer. */
function file(header: object | string, data: Uint8Array, length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const entry = (dtype: string, shape: number[], from: number, to: number) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe('safetensors', () => {
  it('widens F16 exactly, subnormals and infinities included', () => {
    const halves = new Uint16Array([
      0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x3555,
    ]);
    const bytes = file({ x: entry('F16', [10], 0, 20) }, new Uint8Array(halves.buffer));
    const { data } = parseSafetensors(bytes, 'f').get('x')!;
    expect(Array.from(data)).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      65504,
      Infinity,
      -Infinity,
      -0,
      1365 * 2 ** -12,
    ]);
  });

  it('widens BF16 and reads F32 at any alignment', () => {
    const bf16 = new Uint16Array([0x3f80, 0xc049, 0x0000]);
    const f32 = new Float32Array([Math.PI, -1e-30]);
    const data = new Uint8Array(6 + 8);
    data.set(new Uint8Array(bf16.buffer));
    data.set(new Uint8Array(f32.buffer), 6);
    const bytes = file(
      { a: entry('BF16', [3], 0, 6), b: entry('F32', [1, 2], 6, 14), __metadata__: { format: 'pt' } },
      data,
    );
    const tensors = parseSafetensors(bytes, 'f');
    expect(Array.from(tensors.get('a')!.data)).toEqual([1, -3.140625, 0]);
    expect(tensors.get('b')).toEqual({ shape: [1, 2], data: f32 });
    expect(tensors.has('__metadata__')).toBe(false);
  });

  it('round-trips what it writes, with an aligned header', () => {
    const tensors = new Map([
      ['w', { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }],
      ['ö', { shape: [], data: new Float32Array([0.125]) }],
    ]);
    const bytes = writeSafetensors(tensors);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(parseSafetensors(bytes, 'f')).toEqual(tensors);
  });

  it('keeps every F16 value and rounds what lies between to the nearest, ties to even', () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    for (let half = 0; half < 0x10000; half++) {
      if ((half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0) continue;
      bits[0] = halfToFloatBits(half);
      if (floatToHalf(float[0]!) !== half) expect.fail(`0x${half.toString(16)} does not come back`);
    }
    expect(floatToHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(floatToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(floatToHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(floatToHalf(2 ** -25)).toBe(0);
    expect(floatToHalf(-3 * 2 ** -25)).toBe(0x8002);
    expect(floatToHalf(2 ** -14 - 2 ** -26)).toBe(0x0400);
    expect(floatToHalf(65519)).toBe(0x7bff);
    expect(floatToHalf(-65520)).toBe(0xfc00);
    expect(floatToHalf(Number.NaN)).toBe(0x7e00);
  });

  it('leaves out what is no floating-point tensor', () => {
    const bytes = file(
      { ids: entry('I64', [1], 0, 8), flag: entry('BOOL', [1], 8, 9), x: entry('F16', [1], 9, 11) },
      new Uint8Array(11),
    );
    expect([...parseSafetensors(bytes, 'f').keys()]).toEqual(['x']);
  });

  const data = new Uint8Array(8);
  it.each([
    ['no header length', new Uint8Array(4), 'file-truncated'],
    ['a header length beyond the end', file({}, data, 5000), 'file-truncated'],
    ['an absurd header length', file({}, data, 2 ** 40), 'file-corrupt'],
    ['a header that is not JSON', file('{"x": ', data), 'file-corrupt'],
    ['offsets that do not fit the shape', file({ x: entry('F32', [3], 0, 8) }, data), 'file-corrupt'],
    ['data that ends early', file({ x: entry('F32', [4], 0, 16) }, data), 'file-truncated'],
    ['an entry without a shape', file({ x: { dtype: 'F32', data_offsets: [0, 8] } }, data), 'file-corrupt'],
    [
      'a key that stands twice',
      file(
        '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        data,
      ),
      'file-corrupt',
    ],
    [
      'tensors that overlap',
      file({ x: entry('F32', [2], 0, 8), y: entry('F32', [1], 4, 8) }, data),
      'file-corrupt',
    ],
    [
      'a gap between tensors',
      file({ x: entry('F16', [1], 0, 2), y: entry('F32', [1], 4, 8) }, data),
      'file-corrupt',
    ],
    ['bytes behind the last tensor', file({ x: entry('F32', [1], 0, 4) }, data), 'file-corrupt'],
    ['a byte order mark', file('\uFEFF{}', new Uint8Array()), 'file-corrupt'],
  ])('names %s', (_, bytes, code) => {
    expect(() => parseSafetensors(bytes, 'shard-1')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('shard-1') as string }),
    );
  });
});
