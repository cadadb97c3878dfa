import { isOfText } from '../../engine/recipe/splits.ts';
import type { RunSummary } from '../../engine/run/events.ts';
import { compareScores, type Comparison } from '../../engine/evaluate/comparison.ts';
import { meanOfScores, seedScores, type SeedScores } from '../../engine/evaluate/over-seeds.ts';
import { ownDataName } from '../../engine/own-data-key.ts';
import { gapClosed } from '../../engine/evaluate/score.ts';
import type { RunState } from '../../store/slices/run-slice.ts';
import { counted } from '../lib/counted.ts';
import { formatNumber, formatPercent, formatPoints, formatWholePercent } from '../lib/format.ts';

/** Fewer questions than these show nothing but the greatest differences. */
const enough = 10;

/** The outcome in plain words, also when it is a bad one. */
export function verdict(
  summary: RunSummary,
  changes: RunState['changes'] = [],
  ownData?: string,
): { improved: boolean; headline: string; details: string[] } {
  const { before, teacher, questions, arms, split } = summary;
  const [own, ...others] = arms;
  const after = seedScores(own!);
  const gain = gainOf(summary);
  const improved = gain.sign === 'better';
  const numbers = `${formatPercent(before.exactMatch)} before, ${share(after)} now`;
  const headline = improved
    ? `The student improved: ${numbers}.`
    : gain.sign === 'worse'
      ? `The student did not improve: it got worse, ${numbers}.`
      : `The student did not improve: ${numbers}, which is within chance (${range(gain)}).`;
  const way = gapClosed(before.exactMatch, meanOfScores(after).exactMatch, teacher.exactMatch);
  const closed =
    improved && way !== undefined
      ? ` The run closed ${formatWholePercent(way)} of the gap to the teacher.`
      : '';
  return {
    improved,
    headline,
    details: [
      ...others.map((other) => against(own!.label, after, other.label, seedScores(other))),
      ...(others.length === 0
        ? ['No control arm ran beside it, so this does not show how much of the change the teacher caused.']
        : []),
      ...fewness(questions, gain),
      ...changes.map(
        ({ step, fields }) =>
          `Changed by hand after step ${step}: ${fields.join(', ')}. It counts for every arm that has no value of its own there.`,
      ),
      ...fidelities([
        { label: 'before', scores: [before] },
        ...arms.map((arm) => ({ label: arm.label, scores: seedScores(arm) })),
      ]),
      `Exact answers to ${questions} questions ${askedAfter(split, ownData)}.${closed} Ranges: 95 % of resampled ${after.length === 1 ? 'question sets; one seed' : `seeds and question sets; ${after.length} seeds`}.`,
    ],
  };
}

/** Of the recipe's own arm over the untouched student, with its band. */
export function gainOf({ before, arms }: Pick<RunSummary, 'before' | 'arms'>): Comparison {
  return compareScores(seedScores(arms[0]!), [before]);
}

/** What right and wrong do not tell; the students' tokens are the same, so their perplexities can be compared, and the teacher's are not. */
const told = [
  ['perplexity', 'Perplexity of the true answers, per token', formatNumber],
  ['agreement', 'Answers that are the teacher’s', formatPercent],
  ['calibrationError', 'Calibration error: how far confidence and right answers lie apart', formatPercent],
] as const;

function fidelities(of: { label: string; scores: SeedScores }[]): string[] {
  return told.flatMap(([key, title, format]) => {
    const known = of.flatMap(({ label, scores }) => {
      const each = scores.flatMap((score) => score[key] ?? []);
      const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
      return each.length === 0 ? [] : [`${label} ${format(mean)}`];
    });
    return known.length === 0 ? [] : [`${title}: ${known.join(', ')}.`];
  });
}

/** Whether the recipe's own arm beat another one that had the same batches and number of updates. */
function against(label: string, own: SeedScores, otherLabel: string, other: SeedScores): string {
  const difference = compareScores(own, other);
  const numbers = `${share(own)} against ${share(other)}`;
  if (difference.sign === 'better') return `${label} beats ${otherLabel}: ${numbers} (${range(difference)}).`;
  if (difference.sign === 'worse')
    return `${label} loses to ${otherLabel}: ${numbers} (${range(difference)}).`;
  return `${label} and ${otherLabel} cannot be told apart: ${numbers} (${range(difference)}).`;
}

function share(scores: SeedScores): string {
  return formatPercent(meanOfScores(scores).exactMatch);
}

/** Where a band leaves out 0 by chance, counts show how little it rests on. */
function range({ sign, low, high, better, worse }: Comparison): string {
  if (sign === 'same' && (low > 0 || high < 0))
    return `${counted(better, 'question')} better, ${worse} worse`;
  return `difference ${formatPoints(low)} to ${formatPoints(high)} points`;
}

function fewness(questions: number, { sign }: Comparison): string[] {
  if (questions >= enough) return [];
  const few = `${counted(questions, 'question')} ${questions === 1 ? 'is' : 'are'} too few to tell`;
  return [`${few} ${sign === 'same' ? 'anything' : 'more'}.`];
}

/** What the questions were about, and why their answers cannot have been learned by heart. */
function askedAfter(split: RunSummary['split'], ownData: string | undefined): string {
  const text = isOfText(split);
  if (ownData !== undefined)
    return `${text ? 'of' : 'about pictures of'} “${ownDataName(ownData)}” that were set aside from training`;
  return text
    ? 'about facts that no training question asks for'
    : 'about drawings in a style no training picture has';
}
