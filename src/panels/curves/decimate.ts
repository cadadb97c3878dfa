import { position, type Axis } from './axes.ts';
import type { Series } from './series.ts';

export interface Point {
  x: number;
  value: number;
}

/**
 * What is drawn of a line: the smallest and the largest number of every bucket, at their own places. A spike never disappears.
 * Buckets are equally wide on the axis, linear or not, and stay where they are while a run grows. Of a moving average only the last number
 * of each bucket is taken: its raw numbers are drawn behind it. One point beyond either end leads the line out of the picture.
 */
export function decimate(series: Series, which: 'raw' | 'average', axis: Axis, buckets: number): Point[] {
  const { xs } = series;
  const values = which === 'raw' ? series.raw : series.shown;
  const points: Point[] = [];
  const add = (i: number) => points.push({ x: xs[i]!, value: values[i]! });
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
  for (let i = start; i < xs.length; i++) {
    const value = values[i]!;
    const x = xs[i]!;
    if (!Number.isFinite(value) || (axis.scale === 'log' && x <= 0)) continue;
    const at = Math.floor(position(axis, x) * buckets);
    if (at !== bucket) {
      close();
      bucket = at;
    }
    if (last < 0) low = high = i;
    else if (value < values[low]!) low = i;
    else if (value > values[high]!) high = i;
    last = i;
    if (x > axis.domain[1]) break;
  }
  close();
  return points;
}

/** Share of a line's points that its axis may leave out at the top. */
const rare = 0.03;
/** Of fewer points none is rare. */
const few = 30;

/** What all but the rarest points of every line inside the axis stay below; undefined where there are too few to say. */
export function bulkOf(lines: readonly (readonly Point[])[], axis: Axis): number | undefined {
  const highs = lines.flatMap((points) => {
    const values = points
      .filter(({ x, value }) => x >= axis.domain[0] && x <= axis.domain[1] && Number.isFinite(value))
      .map(({ value }) => value)
      .sort((a, b) => b - a);
    return values.length === 0 ? [] : [values[values.length < few ? 0 : Math.ceil(rare * values.length)]!];
  });
  return highs.length === 0 ? undefined : Math.max(...highs);
}

/**
 * Where a line runs out at the top of an axis: the place of the highest point of every such part.
 * @param apart share of the axis within which one mark is enough.
 */
export function cutsOf(points: readonly Point[], axis: Axis, top: number, apart: number): number[] {
  const cuts: Point[] = [];
  for (const point of points) {
    if (point.x < axis.domain[0] || point.x > axis.domain[1] || point.value <= top) continue;
    const last = cuts.at(-1);
    if (last === undefined || position(axis, point.x) - position(axis, last.x) > apart) cuts.push(point);
    else if (point.value > last.value) cuts[cuts.length - 1] = point;
  }
  return cuts.map(({ x }) => x);
}

/** The lowest and highest of what is drawn inside the axis; undefined where nothing is. */
export function extremes(lines: readonly (readonly Point[])[], axis: Axis, positive: boolean) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const points of lines)
    for (const { x, value } of points) {
      if (x < axis.domain[0] || x > axis.domain[1] || (positive && value <= 0)) continue;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low <= high ? { low, high } : undefined;
}
