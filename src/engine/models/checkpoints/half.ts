const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** IEEE 754 binary16 → binary32, bit patterns. */
export function halfToFloatBits(h: number): number {
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

/** Number → binary16 bit pattern, to the nearest, ties to even; what is too large becomes an infinity. */
export function floatToHalf(value: number): number {
  floats[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above: halfway from the largest binary16 to the next power.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Subnormals count in units of 2^-24, and a carry into the first normal number has the right bits.
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(floats[0]) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
