import { boxFilter } from './picture.ts';

/** Filters of `PIL.Image.Resampling`: how far they reach and what they weigh there. */
const filters = {
  nearest: { support: 0, weight: () => 1 },
  lanczos: { support: 3, weight: (x: number) => sinc(x) * sinc(x / 3) },
  bilinear: { support: 1, weight: (x: number) => 1 - Math.abs(x) },
  bicubic: { support: 2, weight: cubic },
  box: { support: 0.5, weight: () => 1 },
  hamming: { support: 1, weight: (x: number) => sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) },
} as const;

export type Filter = keyof typeof filters;

/** A square picture in another size, as `resample` makes it. [from, from, 3] in 0–1 → [to, to, 3] in 0–1. */
export function resize(picture: Float32Array, to: number, filter: Filter): Float32Array {
  const from = Math.sqrt(picture.length / 3);
  if (from === to) return picture.slice();
  if (filter === 'box' && from % to === 0) return boxFilter(picture, to);
  return resample(picture, { width: from, height: from }, { width: to, height: to }, filter);
}

/** Width and height of a picture, in pixels. */
export interface Extent {
  width: number;
  height: number;
}

/**
 * A picture in another size, as Pillow makes it but for the rounding to bytes: one pass over rows and one over columns, the filter as wide
 * as the pixels that shrink into one. [height, width, 3] in 0–1 → the same of the other extent.
 */
export function resample(picture: Float32Array, from: Extent, to: Extent, filter: Filter): Float32Array {
  const across = Array.from({ length: to.width }, (_, i) => tapsOf(i, from.width, to.width, filter));
  const down = Array.from({ length: to.height }, (_, i) => tapsOf(i, from.height, to.height, filter));
  // Columns first: the height stays.
  const row = to.width * 3;
  const wide = new Float32Array(from.height * row);
  for (let y = 0; y < from.height; y++)
    across.forEach(({ first, weights }, x) => {
      for (let c = 0; c < 3; c++)
        wide[y * row + x * 3 + c] = clamped(weights, (k) => picture[(y * from.width + first + k) * 3 + c]!);
    });
  const out = new Float32Array(to.height * row);
  down.forEach(({ first, weights }, y) => {
    for (let i = 0; i < row; i++) out[y * row + i] = clamped(weights, (k) => wide[(first + k) * row + i]!);
  });
  return out;
}

/** The pixels that make one, and their weights, which add up to 1. */
function tapsOf(i: number, from: number, to: number, filter: Filter): { first: number; weights: number[] } {
  const scale = from / to;
  const { support, weight } = filters[filter];
  const centre = (i + 0.5) * scale;
  if (support === 0) return { first: Math.min(from - 1, Math.floor(centre)), weights: [1] };
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const first = Math.max(0, Math.floor(centre - reach + 0.5));
  const end = Math.min(from, Math.floor(centre + reach + 0.5));
  const weights = Array.from({ length: end - first }, (_, k) => {
    const x = (first + k + 0.5 - centre) / stretch;
    return Math.abs(x) > support ? 0 : weight(x);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return { first, weights: weights.map((value) => value / sum) };
}

function clamped(weights: readonly number[], at: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * at(k);
  return Math.min(1, Math.max(0, sum));
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Keys' cubic with a = −½. */
function cubic(x: number): number {
  const a = Math.abs(x);
  return a < 1 ? (1.5 * a - 2.5) * a * a + 1 : ((-0.5 * a + 2.5) * a - 4) * a + 2;
}
