import type { Series } from './series.ts';

export interface ChartLine {
  /** Unique in its chart. */
  name: string;
  color: string;
  series: Series;
  /** Of an earlier run: drawn thin and dashed behind the others. */
  earlier?: boolean;
}

export interface Level {
  name: string;
  /** Undefined before it is measured. */
  value: number | undefined;
  color: string;
}
