import type { Series } from './series.ts';

export interface ChartLine {
  /** Unique in its chart. */
  name: string;
  color: string;
  series: Series;
  /** Of an earlier run, drawn thin and dashed behind the others: what the legend says of it, because its name stands above the charts. */
  earlier?: string;
  /** Left out where the axis is chosen: a sum beside its terms. */
  aside?: boolean;
  /** What it came to on all questions, after the last step. */
  end?: End;
}

export interface End {
  x: number;
  value: number;
  range: readonly [low: number, high: number];
}

export interface Level {
  name: string;
  /** Undefined before it is measured. */
  value: number | undefined;
  color: string;
}
