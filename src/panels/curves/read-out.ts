import type { Series } from './series.ts';

/**
 * The number of a line at a step; the latest without one. A line that is measured now and then keeps its last number until the next; any
 * other has none at a step where it was not measured.
 */
export function readOut(series: Series, step: number | undefined, points: boolean): number | undefined {
  if (step === undefined) return series.latest;
  const at = series.indexAt(step);
  return at >= 0 && (points || series.steps[at] === step) ? series.shown[at] : undefined;
}
