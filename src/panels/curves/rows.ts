import type { LossTerms, StepMetrics } from '../../engine/distill/events.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/metrics-slice.ts';

type Quantity = keyof LossTerms | 'gradientNorm' | 'learningRate';
/** A number of the recipe's own arm, or of another one: “sft@control”. Accuracy is exact match on the live questions, 0–1. */
export type Column =
  | Quantity
  | 'accuracy'
  | `${Quantity | 'accuracy'}@${string}`
  | `difference@${string}`
  | 'probed'
  | 'probedZeroed'
  | 'probedShuffled';

/** The column that holds an arm's numbers. */
export function columnOf(quantity: Quantity | 'accuracy', arm: string): Column {
  return arm === mainArm ? quantity : `${quantity}@${arm}`;
}

const quantities: readonly Quantity[] = [
  'total',
  'mainCe',
  'mainKl',
  'regCe',
  'regKl',
  'regMse',
  'sft',
  'distillation',
  'gradientNorm',
  'learningRate',
];

/**
 * One horizontal position, shared by all charts so that their crosshairs agree. A row stands for one step, or for `from`…`to` once
 * a run has more steps than a chart has room for.
 */
export type Row = { step: number; from: number; to: number } & {
  [column in Column | `${Column}Raw`]?: number;
};

export const maxRows = 240;

/**
 * The charts' rows: at most `maxRows`, starting with step 0.
 * Thinning keeps the smallest and the largest value of every column in every bucket, in their order: a spike never disappears.
 * @param smoothing weight of the past, 0–1; with 0 the columns hold the raw numbers and there are no `…Raw` ones.
 * @param from the last step that is not shown; averages look further back.
 */
export function chartRows(
  steps: readonly StepMetrics[],
  evaluations: readonly EvaluationPoint[],
  smoothing: number,
  from = 0,
): Row[] {
  const rows: Row[] = [{ step: from, from, to: from }];
  const arms = byArm(steps);
  const spine = longest([...arms.values()]);
  const hidden = spine.findIndex(({ step }) => step > from);
  const first = hidden === -1 ? spine.length : hidden;
  const count = spine.length - first;
  const buckets = count < maxRows ? count : (maxRows - 2) / 2;
  const bounds = Array.from({ length: buckets + 1 }, (_, b) => first + Math.floor((b * count) / buckets));
  for (let b = 0; b < buckets; b++) rows.push(...emptyRows(spine, bounds[b]!, bounds[b + 1]!));
  const starts = new Set(spine.flatMap(({ stage }, i) => (stage === spine[i - 1]?.stage ? [] : [i])));
  const add = (column: Column, raw: (number | undefined)[]) => {
    if (smoothing === 0 || column.startsWith('learningRate')) {
      fill(rows, column, raw, bounds);
    } else {
      fill(rows, column, smooth(raw, smoothing, starts), bounds);
      fill(rows, `${column}Raw`, raw, bounds);
    }
  };
  for (const [arm, own] of arms) {
    const at = aligned(spine, own);
    for (const quantity of quantities) {
      const values = at.map((entry) => entry && valueOf(entry, quantity));
      if (values.some((value) => value !== undefined)) add(columnOf(quantity, arm), values);
    }
  }
  const known = new Set(evaluations.map(({ who }) => who));
  for (const { step, who, score, final } of evaluations) {
    if (who === 'teacher' || final || step < from) continue;
    const row = rows.findLast((candidate) => candidate.from <= step);
    if (row === undefined) continue;
    // Every arm starts as the same student.
    const whose = who === 'before' ? [mainArm, ...known] : [who];
    for (const arm of whose) row[columnOf('accuracy', arm)] = score.exactMatch;
  }
  return rows;
}

function byArm(steps: readonly StepMetrics[]): Map<string, StepMetrics[]> {
  const arms = new Map<string, StepMetrics[]>();
  for (const entry of steps) {
    const own = arms.get(entry.arm);
    if (own === undefined) arms.set(entry.arm, [entry]);
    else own.push(entry);
  }
  return arms;
}

/** The arm that has numbers of the most steps: some have nothing to train in stage 1. */
function longest(arms: readonly StepMetrics[][]): readonly StepMetrics[] {
  return arms.reduce<readonly StepMetrics[]>((best, own) => (own.length > best.length ? own : best), []);
}

/** An arm's entries in the places of the spine's; both are in the order of steps. */
function aligned(spine: readonly StepMetrics[], own: readonly StepMetrics[]): (StepMetrics | undefined)[] {
  let at = 0;
  return spine.map(({ step }) => (own[at]?.step === step ? own[at++] : undefined));
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

function valueOf(entry: StepMetrics, quantity: Quantity): number | undefined {
  if (quantity === 'gradientNorm' || quantity === 'learningRate') return entry[quantity];
  return entry.losses[quantity];
}
