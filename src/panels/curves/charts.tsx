import { NativeSelect, UnstyledButton } from '@mantine/core';
import { finalSplit, type SplitKey } from '../../engine/recipe/splits.ts';
import { mainArm, type Arm } from '../../engine/recipe/arms.ts';
import { objectives, usesLogits } from '../../engine/recipe/objectives.ts';
import type { CurveView } from '../../store/slices/curves-slice.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { lossNames, regulariserTerms } from '../../engine/method/losses.ts';
import type { StageSpan } from '../../engine/method/stages.ts';
import { useStore } from '../../store/store.ts';
import { armColor } from '../lib/arm-colors.ts';
import { formatNumber, formatPercent, formatPoints, formatScientific } from '../lib/format.ts';
import type { ChartProps } from './chart.tsx';
import type { ChartLine } from './lines.ts';
import type { Differences } from './differences.ts';
import type { Quantity, RunSeries } from './run-series.ts';
import { Series } from './series.ts';
import classes from './curves.module.css';

/** Everything the charts are made from. */
export interface Shown {
  run: RunSeries;
  differences: Differences;
  evaluations: readonly EvaluationPoint[];
  /** The recipe's own first. */
  arms: readonly Arm[];
  /** Earlier runs, drawn behind. */
  earlier: readonly { name: string; color: string; run: RunSeries }[];
  split: SplitKey;
  stages: readonly StageSpan[];
  view: CurveView;
}

export type ChartMaker = (shown: Shown) => Omit<ChartProps, 'version' | 'stages' | 'totalSteps' | 'newest'>;

export const accuracy: ChartMaker = (shown) => {
  if (shown.view.differences && shown.arms.length > 1) return difference(shown);
  const { evaluations, split, arms } = shown;
  const before = evaluations.find(({ who, final }) => who === 'before' && !final)?.score;
  const teacher = evaluations.find(({ who }) => who === 'teacher')?.score;
  return {
    title: split === finalSplit ? 'Held-out accuracy' : 'Validation accuracy',
    about: before === undefined ? 'exact match' : `${before.n} questions`,
    action: arms.length > 1 && <DifferenceButton pressed={false} />,
    lines: [...everyArm(shown, 'accuracy'), ...earlier(shown, 'accuracy')],
    levels: [
      { name: 'teacher', value: teacher?.exactMatch, color: 'var(--teacher)' },
      { name: 'before', value: before?.exactMatch, color: 'var(--before)' },
    ],
    scale: 'fraction',
    format: formatPercent,
  };
};

function difference({ arms, differences }: Shown): ReturnType<ChartMaker> {
  const others = arms.slice(1).map(({ key, label }, i) => ({
    name: `${arms[0]!.label} − ${label}`,
    color: armColor(i + 1),
    found: differences.byArm.get(key),
  }));
  const { questions } = differences;
  return {
    title: 'Difference',
    about: `${questions === undefined ? '' : `n = ${questions}, `}live questions; in points, bands: 95 % of resampled questions`,
    action: <DifferenceButton pressed />,
    lines: others.map(({ name, color, found }) => ({ name, color, series: found?.series ?? new Series() })),
    // A copy: the chart library freezes what it draws.
    bands: others.flatMap(({ name, color, found }) =>
      found === undefined ? [] : [{ name, color, points: [...found.bands] }],
    ),
    scale: 'difference',
    format: formatPoints,
  };
}

function DifferenceButton({ pressed }: { pressed: boolean }) {
  const setCurves = useStore((state) => state.setCurves);
  return (
    <UnstyledButton
      className={classes.pill}
      aria-pressed={pressed}
      onClick={() => setCurves({ differences: !pressed })}
    >
      difference
    </UnstyledButton>
  );
}

/** What the student learns from the teacher: terms of L_main of one arm, and the own terms of objectives over logits. */
export const main: ChartMaker = (shown) => {
  const { run, arms } = shown;
  const arm = termsArm(shown);
  const overLogits = arms.flatMap(({ key, label, recipe: { objective } }, i) => {
    const name = objectives[objective].label;
    return !usesLogits(objective)
      ? []
      : [
          {
            name: label.includes(name) ? label : `${name}, ${label}`,
            color: armColor(i),
            series: run.of(key, 'distillation'),
          },
        ];
  });
  const several = genRecal(shown).length > 1;
  return {
    title: arm === undefined ? 'Distillation' : 'L_main',
    about: arm === undefined ? 'own terms of the objectives' : several ? 'nats, of' : ofArm(shown, 'nats'),
    action: several && arm && <TermsOf arms={genRecal(shown)} chosen={arm.key} />,
    lines: [
      ...(arm === undefined ? [] : [termLine(shown, arm, 'mainCe'), termLine(shown, arm, 'mainKl')]),
      ...overLogits,
      { name: 'total', color: 'var(--ink-soft)', series: run.of((arm ?? arms[0]!).key, 'total') },
      ...earlier(shown, 'mainKl', 'KL'),
      ...earlier(shown, 'distillation', 'own term'),
    ],
    scale: 'open',
    empty:
      arm === undefined && overLogits.length === 0
        ? 'No arm of this run learns from the teacher’s logits.'
        : undefined,
    format: formatNumber,
  };
};

export const sft: ChartMaker = (shown) => ({
  title: lossNames.sft.title,
  about: 'nats, student’s own answer',
  lines: [...everyArm(shown, 'sft'), ...earlier(shown, 'sft')],
  scale: 'open',
  format: formatNumber,
});

export const regulariser: ChartMaker = (shown) => {
  const arm = termsArm(shown);
  const form = arm?.recipe.loss.regulariser ?? 'none';
  return {
    title: 'L_reg',
    about: ofArm(shown, form === 'feature-mse' ? 'mean square' : 'nats'),
    lines: [
      ...regulariserTerms[form].map((term) => termLine(shown, arm!, term)),
      ...earlier(shown, 'regKl', 'KL'),
    ],
    scale: 'open',
    empty:
      arm === undefined
        ? 'No arm of this run has a Recalibrator.'
        : form === 'none'
          ? 'The regulariser is off in this arm.'
          : undefined,
    format: formatNumber,
  };
};

export const gradient: ChartMaker = (shown) => ({
  title: 'Gradient',
  about: ofArm(shown, 'before clipping'),
  lines: [
    {
      name: 'norm',
      color: 'var(--series-4)',
      series: shown.run.of((termsArm(shown) ?? shown.arms[0]!).key, 'gradientNorm'),
    },
    ...earlier(shown, 'gradientNorm'),
  ],
  scale: 'open',
  format: formatNumber,
});

export const learningRate: ChartMaker = (shown) => ({
  title: 'Learning rate',
  about: 'AdamW',
  lines: [
    { name: 'rate', color: 'var(--series-1)', series: shown.run.of(mainArm, 'learningRate') },
    ...earlier(shown, 'learningRate'),
  ],
  scale: 'open',
  format: formatScientific,
});

function genRecal({ arms }: Shown): readonly Arm[] {
  return arms.filter(({ recipe }) => recipe.objective === 'genrecal');
}

/** The arm whose L_main and L_reg are shown: the chosen one, or else the first that has them. */
function termsArm(shown: Shown): Arm | undefined {
  const arms = genRecal(shown);
  return arms.find(({ key }) => key === shown.view.termsOf) ?? arms[0];
}

/** Whose numbers a chart shows, where there are several arms to mistake them for. */
function ofArm(shown: Shown, about: string): string {
  return shown.arms.length > 1 ? `${about}, ${(termsArm(shown) ?? shown.arms[0]!).label}` : about;
}

function TermsOf({ arms, chosen }: { arms: readonly Arm[]; chosen: string }) {
  const setCurves = useStore((state) => state.setCurves);
  return (
    <NativeSelect
      className={classes.select}
      size="xs"
      variant="unstyled"
      aria-label="Terms of"
      value={chosen}
      data={arms.map(({ key, label }) => ({ value: key, label }))}
      onChange={(event) => setCurves({ termsOf: event.currentTarget.value })}
    />
  );
}

const termColors = {
  mainCe: 'var(--series-1)',
  mainKl: 'var(--series-2)',
  regCe: 'var(--series-1)',
  regKl: 'var(--series-2)',
  regMse: 'var(--series-4)',
} as const;

function termLine({ run }: Shown, arm: Arm, term: keyof typeof termColors): ChartLine {
  return { name: lossNames[term].title, color: termColors[term], series: run.of(arm.key, term) };
}

function everyArm({ arms, run }: Shown, quantity: Quantity): ChartLine[] {
  return arms.map(({ key, label }, i) => ({
    name: label,
    color: armColor(i),
    series: run.of(key, quantity),
  }));
}

/** The same line of the earlier runs that have it. */
function earlier(shown: Shown, quantity: Quantity, term?: string): ChartLine[] {
  return shown.earlier.flatMap(({ name, color, run }) => {
    const series = run.of(mainArm, quantity);
    return series.latest === undefined
      ? []
      : [{ name: term === undefined ? name : `${name}, ${term}`, color, series, earlier: true }];
  });
}
