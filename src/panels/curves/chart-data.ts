import { mainArm } from '../../engine/recipe/arms.ts';
import type { ArmReport } from '../../engine/distill/events.ts';
import type { MetricsSlice } from '../../store/metrics-slice.ts';
import type { StageSpan } from '../../store/run-slice.ts';
import type { Overlay } from '../../store/runs-slice.ts';
import { armColor } from '../arm-colors.ts';
import { formatPercent, formatPoints } from '../format.ts';
import type { ChartLine, ChartOverlay, ChartProps } from './chart.tsx';
import { differences } from './differences.ts';
import { chartRows, columnOf, type Column } from './rows.ts';
import { differenceScale, stepScale } from './scales.ts';

/** How a person wants to see the curves. */
export interface CurveSettings {
  smoothing: number;
  logLoss: boolean;
  logSteps: boolean;
  /** Only the last so many steps. */
  lastSteps: number | undefined;
}

export interface CurveInputs {
  metrics: MetricsSlice['metrics'];
  /** The students side by side, the recipe's own first, and what each learns by. */
  arms: readonly (ArmReport & { recalibrates: boolean; objective: string; distils: boolean })[];
  stages: StageSpan[];
  split: string;
  overlays: readonly Overlay[];
  settings: CurveSettings;
}

const nats = (value: number) => value.toPrecision(3);
const scientific = (value: number) => (value === 0 ? '0' : value.toExponential(1));
const overlayColors = ['var(--series-5)', 'var(--series-6)', 'var(--ink-soft)', 'var(--series-4)'];

/** Everything the charts draw, one entry a chart. */
export function chartsOf({ metrics, arms, stages, split, overlays, settings }: CurveInputs): ChartProps[] {
  const { steps, evaluations } = metrics;
  const { smoothing, logLoss, logSteps, lastSteps } = settings;
  const scale = stepScale(stages.at(-1)?.to ?? 1, steps.at(-1)?.step ?? 0, logSteps, lastSteps);
  const rows = chartRows(steps, evaluations, smoothing, lastSteps === undefined ? 0 : scale.from).filter(
    ({ step }) => !logSteps || step > 0,
  );
  const line = (column: Column, name: string, color: string): ChartLine => ({
    column,
    name,
    color,
    latest: rows.findLast((row) => row[column] !== undefined)?.[column],
  });
  const perArm = (quantity: 'accuracy' | 'sft' | 'distillation', chosen = arms) =>
    chosen.map(({ key, label }) => line(columnOf(quantity, key), label, armColor(placeOf(key))));
  const placeOf = (key: string) => arms.findIndex((arm) => arm.key === key);
  const shared = { rows, stages, steps: scale };
  const before = evaluations.find(({ who, final }) => who === 'before' && !final)?.score;
  const teacher = evaluations.find(({ who }) => who === 'teacher')?.score.exactMatch;
  const drawn = (read: (overlay: Overlay) => ChartOverlay['data']): ChartOverlay[] =>
    overlays.map((overlay, i) => ({
      id: overlay.id,
      name: overlay.name,
      color: overlayColors[i % overlayColors.length]!,
      data: read(overlay),
    }));
  // The losses in the teacher's vocabulary belong to one arm: the first that has a Recalibrator.
  const own = arms.find(({ recalibrates }) => recalibrates) ?? arms[0];
  const of = (quantity: Parameters<typeof columnOf>[0]) => columnOf(quantity, own?.key ?? mainArm);
  const several = arms.filter(({ recalibrates }) => recalibrates).length > 1;
  const whose = several && own !== undefined ? `nats, ${own.label}` : 'nats';
  const mse = line(of('regMse'), 'L_reg·MSE', 'var(--series-4)');
  const distilling = arms.filter(({ distils }) => distils);
  const controls = arms.slice(1);
  const bands = controls.map(({ key, label }, i) => ({
    name: label,
    color: armColor(i + 1),
    data: differences(evaluations, key),
  }));
  const charts: (ChartProps | false)[] = [
    {
      ...shared,
      title: split === 'held-out-style' ? 'Held-out accuracy' : 'Validation accuracy',
      about: before === undefined ? 'exact match' : `of ${before.n} questions`,
      lines: perArm('accuracy'),
      levels: [
        { name: 'teacher', value: teacher, color: 'var(--teacher)' },
        { name: 'before', value: before?.exactMatch, color: 'var(--before)' },
      ],
      overlays: drawn((overlay) =>
        overlay.evaluations
          .filter(({ who, final }) => !final && (who === mainArm || who === 'before'))
          .map(({ step, score }) => ({ step, value: score.exactMatch })),
      ),
      fraction: true,
      legendLines: 2,
      format: formatPercent,
    },
    {
      ...shared,
      title: 'L_main',
      about: whose,
      lines: [
        line(of('mainCe'), 'L_main·CE', 'var(--series-1)'),
        line(of('mainKl'), 'L_main·KL', 'var(--series-2)'),
        line(of('total'), 'total', 'var(--ink-soft)'),
      ],
      log: logLoss,
      legendLines: 2,
      format: nats,
    },
    {
      ...shared,
      title: 'L_sft',
      about: 'nats, student’s own answer',
      lines: perArm('sft'),
      overlays: drawn((overlay) =>
        overlay.steps
          .filter(({ losses }) => losses.sft !== undefined)
          .map(({ step, losses }) => ({ step, value: losses.sft })),
      ),
      log: logLoss,
      format: nats,
    },
    controls.length > 0 && {
      ...shared,
      rows: withDifferences(rows, bands, controls),
      title: `${arms[0]!.label} − the others`,
      about: before === undefined ? 'points' : `points, ${before.n} questions, 95 % bands`,
      lines: controls.map(({ key, label }, i) => ({
        column: `difference@${key}` as const,
        name: label,
        color: armColor(i + 1),
        latest: bands[i]!.data.at(-1)?.mean,
      })),
      bands,
      scale: differenceScale(bands.flatMap(({ data }) => data.map(({ band }) => band))),
      percent: true,
      points: true,
      format: formatPoints,
    },
    {
      ...shared,
      title: 'L_reg',
      about: whose,
      lines: [
        line(of('regCe'), 'L_reg·CE', 'var(--series-1)'),
        line(of('regKl'), 'L_reg·KL', 'var(--series-2)'),
        ...(mse.latest === undefined ? [] : [mse]),
      ],
      log: logLoss,
      format: nats,
    },
    distilling.length > 0 && {
      ...shared,
      title: 'L_kd',
      about: distilling.length === 1 ? `term of ${distilling[0]!.objective}` : 'each objective’s own term',
      lines: perArm('distillation', distilling),
      log: logLoss,
      format: nats,
    },
    {
      ...shared,
      title: 'Gradient',
      about: 'norm before clipping',
      lines: [line('gradientNorm', arms[0]?.label ?? 'norm', 'var(--student)')],
      log: logLoss,
      format: nats,
    },
    {
      ...shared,
      title: 'Learning rate',
      about: 'AdamW',
      lines: [line('learningRate', 'rate', 'var(--series-1)')],
      log: logLoss,
      format: scientific,
    },
  ];
  return charts.filter((chart) => chart !== false);
}

function withDifferences(
  rows: ChartProps['rows'],
  bands: readonly { data: ReturnType<typeof differences> }[],
  controls: readonly ArmReport[],
): ChartProps['rows'] {
  return rows.map((row) => {
    const changed = { ...row };
    controls.forEach(({ key }, i) => {
      const point = bands[i]!.data.find(({ step }) => step >= row.from && step <= row.to);
      if (point !== undefined) changed[`difference@${key}`] = point.mean;
    });
    return changed;
  });
}
