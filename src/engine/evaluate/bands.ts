import { Random } from '../random.ts';

/** A measured fraction with the range that 95 % of resampled question sets give. */
export interface Band {
  mean: number;
  low: number;
  high: number;
}

const resamples = 2000;

/** Percentile bootstrap (Efron & Tibshirani 1993) around `mean`: 95 % of what `resample` draws. Deterministic. */
export function percentileBand(mean: number, seed: number, resample: (random: Random) => number): Band {
  const random = new Random(seed);
  const means = Array.from({ length: resamples }, () => resample(random)).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * resamples)]!;
  return { mean, low: at(0.025), high: at(0.975) };
}

/** Bootstrap over questions of a mean of per-question numbers. */
export function bootstrapBand(values: readonly number[]): Band {
  const n = values.length;
  if (n === 0) return { mean: 0, low: 0, high: 0 };
  return percentileBand(values.reduce((a, b) => a + b, 0) / n, n, (random) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.int(n)]!;
    return sum / n;
  });
}

/**
 * How many more of the same questions the first of two models answered right, as a fraction; questions are resampled in pairs.
 * @param right one character a question: “1” right, “0” wrong (`Score.right`).
 */
export function differenceBand(right: string, other: string): Band {
  if (right.length !== other.length) throw new RangeError('the two models answered different questions');
  return bootstrapBand(Array.from(right, (mark, i) => Number(mark) - Number(other[i])));
}
