import type { LossTerms, StepMetrics } from '../../engine/distill/events.ts';
import type { EvaluationPoint } from '../../store/metrics-slice.ts';

/** Numbers a step can have. */
export type Column = keyof LossTerms | 'gradientNorm' | 'learningRate';

const columns: readonly Column[] = [
  'total',
  'mainCe',
  'mainKl',
  'regCe',
  'regKl',
  'regMse',
  'sft',
  'gradientNorm',
  'learningRate',
];

/**
 * One horizontal position, shared by all charts so that their crosshairs agree. A row stands for one step, or for `from`…`to` once
 * a run has more steps than a chart has room for.
 */
export type Row = {
  step: number;
  from: number;
  to: number;
  /** Exact match of the student on the live questions, 0–1. */
  accuracy?: number;
} & { [column in Column]?: number } & { [raw in `${Column}Raw`]?: number };

export const maxRows = 240;

/**
 * The charts' rows: at most `maxRows`, starting with step 0.
 * Thinning keeps the smallest and the largest value of every column in every bucket, in their order: a spike never disappears.
 * @param smoothing weight of the past, 0–1; with 0 the columns hold the raw numbers and there are no `…Raw` ones.
 */
export function chartRows(
  steps: readonly StepMetrics[],
  evaluations: readonly EvaluationPoint[],
  smoothing: number,
): Row[] {
  const rows: Row[] = [{ step: 0, from: 0, to: 0 }];
  const buckets = steps.length < maxRows ? steps.length : (maxRows - 2) / 2;
  const bounds = Array.from({ length: buckets + 1 }, (_, b) => Math.floor((b * steps.length) / buckets));
  for (let b = 0; b < buckets; b++) rows.push(...emptyRows(steps, bounds[b]!, bounds[b + 1]!));
  const starts = new Set(steps.flatMap(({ stage }, i) => (stage === steps[i - 1]?.stage ? [] : [i])));
  for (const column of columns) {
    const raw = steps.map((entry) => valueOf(entry, column));
    if (smoothing === 0 || column === 'learningRate') {
      fill(rows, column, raw, bounds);
    } else {
      fill(rows, column, smooth(raw, smoothing, starts), bounds);
      fill(rows, `${column}Raw`, raw, bounds);
    }
  }
  for (const { step, who, score, final } of evaluations) {
    if (who !== 'student' || final) continue;
    const row = rows.findLast(({ from }) => from <= step);
    if (row !== undefined) row.accuracy = score.exactMatch;
  }
  return rows;
}

/**
 * Exponential moving average without the start's bias (as in Adam).
 * @param starts indices where the average begins anew: a stage's numbers say nothing of another's.
 */
export function smooth(
  values: readonly (number | undefined)[],
  weight: number,
  starts: ReadonlySet<number>,
): (number | undefined)[] {
  let mean = 0;
  let mass = 0;
  return values.map((value, i) => {
    if (starts.has(i)) {
      mean = 0;
      mass = 0;
    }
    if (value === undefined) return undefined;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

/** One row for a single step; two for a bucket, one for its first extreme and one for its second. */
function emptyRows(steps: readonly StepMetrics[], start: number, end: number): Row[] {
  const from = steps[start]!.step;
  const to = steps[end - 1]!.step;
  if (end - start === 1) return [{ step: from, from, to }];
  const middle = steps[start + Math.ceil((end - start) / 2)]!.step;
  return [
    { step: from, from, to: middle - 1 },
    { step: to, from: middle, to },
  ];
}

function fill(
  rows: Row[],
  key: Column | `${Column}Raw`,
  values: readonly (number | undefined)[],
  bounds: readonly number[],
): void {
  let at = 1;
  for (let b = 0; b + 1 < bounds.length; b++) {
    const start = bounds[b]!;
    const end = bounds[b + 1]!;
    if (end - start === 1) {
      rows[at++]![key] = values[start];
      continue;
    }
    let low: number | undefined;
    let high: number | undefined;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === undefined) continue;
      if (low === undefined || value < values[low]!) low = i;
      if (high === undefined || value > values[high]!) high = i;
    }
    if (low !== undefined && high !== undefined) {
      rows[at]![key] = values[Math.min(low, high)];
      rows[at + 1]![key] = values[Math.max(low, high)];
    }
    at += 2;
  }
}

function valueOf(entry: StepMetrics, column: Column): number | undefined {
  if (column === 'gradientNorm' || column === 'learningRate') return entry[column];
  return entry.losses[column];
}
