import type { Unit } from './axes.ts';
import type { ChartLine } from './lines.ts';

/**
 * The number of a line at a place on the axis; the latest without one. A line that is measured now and then keeps its last number until the
 * next, as does an earlier run over time, whose updates were done at other times; any other has none at an update where it was not
 * measured. From its end on it is what it came to.
 */
export function readOut(
  { series, end, earlier }: Pick<ChartLine, 'series' | 'end' | 'earlier'>,
  x: number | undefined,
  points: boolean,
  unit: Unit = 'steps',
): number | undefined {
  if (end !== undefined && (x === undefined || x >= end.x)) return end.value;
  if (x === undefined) return series.latest;
  const at = series.indexAt(x);
  if (at < 0) return undefined;
  const between = earlier !== undefined && unit === 'seconds' && at < series.xs.length - 1;
  return points || between || series.xs[at] === x ? series.shown[at] : undefined;
}
