import { position, type Axis } from './axes.ts';
import type { Series } from './series.ts';

export interface Point {
  step: number;
  value: number;
}

/**
 * What is drawn of a line: the smallest and the largest number of every bucket, at their own steps. A spike never disappears.
 * Buckets are equally wide on the axis, linear or not, and stay where they are while a run grows. Of a moving average only the last number
 * of each bucket is taken: its raw numbers are drawn behind it. One point beyond either end leads the line out of the picture.
 */
export function decimate(series: Series, which: 'raw' | 'average', axis: Axis, buckets: number): Point[] {
  const { steps } = series;
  const values = which === 'raw' ? series.raw : series.shown;
  const points: Point[] = [];
  const add = (i: number) => points.push({ step: steps[i]!, value: values[i]! });
  const start = Math.max(0, series.indexAt(axis.domain[0]));
  let bucket = Number.NaN;
  let low = -1;
  let high = -1;
  let last = -1;
  const close = () => {
    if (last < 0) return;
    if (which === 'average') add(last);
    else {
      add(Math.min(low, high));
      if (low !== high) add(Math.max(low, high));
    }
    last = -1;
  };
  for (let i = start; i < steps.length; i++) {
    const value = values[i]!;
    const step = steps[i]!;
    if (!Number.isFinite(value) || (axis.scale === 'log' && step <= 0)) continue;
    const at = Math.floor(position(axis, step) * buckets);
    if (at !== bucket) {
      close();
      bucket = at;
    }
    if (last < 0) low = high = i;
    else if (value < values[low]!) low = i;
    else if (value > values[high]!) high = i;
    last = i;
    if (step > axis.domain[1]) break;
  }
  close();
  return points;
}

/** The lowest and highest of what is drawn inside the axis; undefined where nothing is. */
export function extremes(lines: readonly (readonly Point[])[], axis: Axis, positive: boolean) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const points of lines)
    for (const { step, value } of points) {
      if (step < axis.domain[0] || step > axis.domain[1] || (positive && value <= 0)) continue;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low <= high ? { low, high } : undefined;
}
