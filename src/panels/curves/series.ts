import type { StepMetrics } from '../../engine/distill/events.ts';

export interface Point {
  step: number;
  value: number;
}

const maxPoints = 300;

/** One number of every step that has it. */
export function series(steps: readonly StepMetrics[], read: (step: StepMetrics) => number | undefined): Point[] {
  const points: Point[] = [];
  for (const entry of steps) {
    const value = read(entry);
    if (value !== undefined) points.push({ step: entry.step, value });
  }
  return points;
}

/**
 * At most ~300 points that keep every bucket's smallest and largest value, in order: thinning never hides a spike.
 */
export function decimate(points: readonly Point[]): Point[] {
  if (points.length <= maxPoints) return [...points];
  const buckets = maxPoints / 2;
  const kept: Point[] = [];
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * points.length) / buckets);
    const to = Math.floor(((b + 1) * points.length) / buckets);
    let low = points[from]!;
    let high = low;
    for (let i = from + 1; i < to; i++) {
      const point = points[i]!;
      if (point.value < low.value) low = point;
      if (point.value > high.value) high = point;
    }
    if (low === high) kept.push(low);
    else kept.push(...(low.step < high.step ? [low, high] : [high, low]));
  }
  return kept;
}

/** Exponential moving average without the start's bias (as in Adam); weight 0 leaves the numbers as they are. */
export function smooth(points: readonly Point[], weight: number): Point[] {
  if (weight === 0) return [...points];
  let mean = 0;
  let mass = 0;
  return points.map(({ step, value }) => {
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return { step, value: mean / mass };
  });
}
