import { isValidation, type SplitKey } from '../../engine/recipe/splits.ts';
import { mainArm, type Arm } from '../../engine/recipe/arms.ts';
import { objectives, usesLogits } from '../../engine/recipe/objectives.ts';
import type { CurveView } from '../../store/slices/curves-slice.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { lossNames, regulariserTerms } from '../../engine/method/losses.ts';
import { armColor } from '../lib/arm-colors.ts';
import { formatNumber, formatPercent, formatPoints, formatScientific } from '../lib/format.ts';
import { knownBand, scoreRows } from '../result/scores.ts';
import type { ChartContent } from './chart.tsx';
import type { ChartLine } from './lines.ts';
import type { Clock } from './axis/clock.ts';
import type { Differences } from './differences.ts';
import type { Quantity, RunSeries } from './run-series.ts';
import { Series } from './series.ts';
import type { BandDrawing } from './plot.tsx';
import { DifferenceButton, TermsOf } from './tools/chart-actions.tsx';

/** Everything the charts are made from. */
export interface Shown {
  run: RunSeries;
  differences: Differences;
  evaluations: readonly EvaluationPoint[];
  /** The recipe's own first. */
  arms: readonly Arm[];
  /** Earlier runs, drawn behind. */
  earlier: readonly { name: string; color: string; run: RunSeries }[];
  /** Where the lines lie over seconds of work instead of over updates. */
  clock: Clock | undefined;
  split: SplitKey;
  seeds: number;
  view: CurveView;
}

export type ChartMaker = (shown: Shown) => ChartContent;

export const accuracy: ChartMaker = (shown) => {
  if (shown.view.differences && shown.arms.length > 1) return difference(shown);
  const { evaluations, split, arms, run } = shown;
  const { rows, questions, ended } = scoreRows(evaluations, arms);
  const level = (who: string) => rows.find(({ key }) => key === who)?.score?.exactMatch;
  const [teacher, before] = [level('teacher'), level('before')];
  const live = evaluations.find(({ who, final }) => who === 'before' && !final)?.score.n;
  const everyone = everyArm(shown, 'accuracy');
  return {
    title: isValidation(split) ? 'Validation accuracy' : 'Held-out accuracy',
    about: overSeeds(
      shown,
      questions === undefined
        ? 'exact match'
        : ended && live !== questions
          ? `n = ${questions}, line ${live}`
          : `${questions} questions`,
    ),
    action: arms.length > 1 && <DifferenceButton pressed={false} />,
    lines: [
      ...(ended ? everyone.map((line, i) => ({ ...line, ...endOf(run, arms[i]!.key) })) : everyone),
      ...earlier(shown, 'accuracy'),
    ],
    bands: everyBand(shown, 'accuracy'),
    levels: [
      { name: 'teacher', value: teacher, color: 'var(--teacher)' },
      { name: 'before', value: before, color: 'var(--before)' },
    ],
    ...(teacher !== undefined && before !== undefined && { gap: [before, teacher] as const }),
    scale: 'fraction',
    format: formatPercent,
  };
};

/** What an arm came to on all questions, as the table says it. */
function endOf(run: RunSeries, arm: string): Pick<ChartLine, 'end'> {
  const end = run.end(arm);
  if (end === undefined) return {};
  const { mean, low, high } = knownBand(end.scores);
  return { end: { x: end.x, value: mean, range: [low, high] } };
}

function difference({ arms, differences, seeds }: Shown): ChartContent {
  const others = arms.slice(1).map(({ key, label }, i) => ({
    name: `${arms[0]!.label} − ${label}`,
    color: armColor(i + 1),
    found: differences.byArm.get(key),
  }));
  const { questions } = differences;
  return {
    title: 'Difference',
    about: `${questions === undefined ? '' : `n = ${questions}, `}live questions; in points, bands: 95 % of resampled ${seeds > 1 ? 'seeds and ' : ''}questions`,
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

/** What the student learns from the teacher: terms of L_main of one arm, and the own terms of objectives over logits. */
export const main: ChartMaker = (shown) => {
  const { run, arms } = shown;
  const arm = termsArm(shown);
  const overLogits = arms.flatMap(({ key, label, recipe: { objective, blind } }, i) => {
    const name = objectives[objective].label;
    return !usesLogits(objective)
      ? []
      : [
          {
            name: blind === true || label.includes(name) ? label : `${name}, ${label}`,
            color: armColor(i),
            series: run.of(key, 'distillation'),
          },
        ];
  });
  const several = genRecal(shown).length > 1;
  return {
    title: arm === undefined ? 'Distillation' : 'L_main',
    about: arm === undefined ? 'own terms of the objectives' : several ? 'nats, of' : ofArm(shown, 'nats'),
    bands:
      arm === undefined ? [] : (['mainCe', 'mainKl'] as const).flatMap((term) => termBand(shown, arm, term)),
    action: several && arm && <TermsOf arms={genRecal(shown)} chosen={arm.key} />,
    lines: [
      ...(arm === undefined ? [] : [termLine(shown, arm, 'mainCe'), termLine(shown, arm, 'mainKl')]),
      ...overLogits,
      {
        name: 'total',
        color: 'var(--ink-soft)',
        series: run.of((arm ?? arms[0]!).key, 'total'),
        aside: true,
      },
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
  about: overSeeds(shown, 'nats, student’s own answer'),
  lines: [...everyArm(shown, 'sft'), ...earlier(shown, 'sft')],
  bands: everyBand(shown, 'sft'),
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
      color: 'var(--ink-soft)',
      series: shown.run.of((termsArm(shown) ?? shown.arms[0]!).key, 'gradientNorm'),
    },
    ...earlier(shown, 'gradientNorm'),
  ],
  scale: 'open',
  format: formatNumber,
});

export const learningRate: ChartMaker = (shown) => {
  const schedules = shown.arms.map(({ recipe }) => JSON.stringify(recipe.stages));
  const own = everyArm(shown, 'learningRate').filter((_, i) => schedules.indexOf(schedules[i]!) === i);
  return {
    title: 'Learning rate',
    about: 'AdamW',
    lines: [
      ...(own.length > 1
        ? own
        : [{ name: 'rate', color: 'var(--ink-soft)', series: shown.run.of(mainArm, 'learningRate') }]),
      ...earlier(shown, 'learningRate'),
    ],
    scale: 'open',
    format: formatScientific,
  };
};

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

const termColors = {
  mainCe: 'var(--term-1)',
  mainKl: 'var(--term-2)',
  regCe: 'var(--term-1)',
  regKl: 'var(--term-2)',
  regMse: 'var(--term-1)',
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

/** Points of a band at most: it is drawn anew with every number. */
const bandPoints = 150;

/** From the lowest to the highest seed of an arm, where the run has several. */
function band({ run, seeds }: Shown, arm: Arm, quantity: Quantity, color: string): BandDrawing[] {
  const all = run.rangesOf(arm.key, quantity);
  const every = Math.ceil(all.length / bandPoints);
  const points = all.filter((_, i) => (all.length - 1 - i) % every === 0);
  return seeds === 1 ? [] : [{ name: `${arm.key} ${quantity}`, color, points }];
}

function everyBand(shown: Shown, quantity: Quantity): BandDrawing[] {
  return shown.arms.flatMap((arm, i) => band(shown, arm, quantity, armColor(i)));
}

function termBand(shown: Shown, arm: Arm, term: keyof typeof termColors): BandDrawing[] {
  return band(shown, arm, term, termColors[term]);
}

/** What is shown of several seeds, in a few words. */
function overSeeds({ seeds }: Shown, about: string): string {
  return seeds === 1 ? about : `${about}; mean of ${seeds} seeds, band: lowest to highest`;
}

/** The same line of the earlier runs that have it; `term` says which, where the chart has several. */
function earlier(shown: Shown, quantity: Quantity, term = ''): ChartLine[] {
  return shown.earlier.flatMap(({ name, color, run }) => {
    const series = run.of(mainArm, quantity);
    return series.latest === undefined
      ? []
      : [
          {
            name,
            color,
            series,
            earlier: term,
            ...(quantity === 'accuracy' && endOf(run, mainArm)),
          },
        ];
  });
}
