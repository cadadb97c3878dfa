import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { RunSummary } from '../../engine/run/events.ts';
import { differenceBand } from '../../engine/evaluate/bands.ts';
import type { RunState } from '../../store/slices/run-slice.ts';
import { formatNumber, formatPercent, formatPoints } from '../lib/format.ts';

/** The outcome in plain words, also when it is a bad one. */
export function verdict(
  summary: RunSummary,
  changes: RunState['changes'] = [],
): { improved: boolean; headline: string; details: string[] } {
  const { before, teacher, questions, arms } = summary;
  const [own, ...others] = arms;
  const after = own!.after;
  const gain = differenceBand(after.right, before.right);
  const improved = gain.low > 0;
  const numbers = `${formatPercent(before.exactMatch)} before, ${formatPercent(after.exactMatch)} now`;
  const headline = improved
    ? `The student improved: ${numbers}.`
    : gain.high < 0
      ? `The student did not improve: it got worse, ${numbers}.`
      : `The student did not improve: ${numbers}, which is within chance (${range(gain)}).`;
  const gap = teacher.exactMatch - before.exactMatch;
  const closed =
    improved && gap > 0
      ? ` The run closed ${Math.round((gain.mean / gap) * 100)} % of the gap to the teacher.`
      : '';
  return {
    improved,
    headline,
    details: [
      ...others.map(({ label, after: score }) => against(own!.label, after, label, score)),
      ...(others.length === 0
        ? ['No control arm ran beside it, so this does not show how much of the change the teacher caused.']
        : []),
      ...changes.map(
        ({ step, fields }) =>
          `Changed by hand after step ${step}: ${fields.join(', ')}. It counts for every arm.`,
      ),
      ...perplexities([
        { label: 'before', score: before },
        ...arms.map(({ label, after: s }) => ({ label, score: s })),
      ]),
      `Exact answers to ${questions} questions about drawings in a style no training picture has.${closed} Ranges: 95 % of resampled question sets; one seed.`,
    ],
  };
}

/** How surprised the students are by the true answers; their tokens are the same, the teacher's are not. */
function perplexities(of: { label: string; score: Score }[]): string[] {
  const known = of.flatMap(({ label, score }) =>
    score.perplexity === undefined ? [] : [`${label} ${formatNumber(score.perplexity)}`],
  );
  return known.length === 0 ? [] : [`Perplexity of the true answers, per token: ${known.join(', ')}.`];
}

/** Whether the recipe's own arm beat another one that had the same batches and number of updates. */
function against(label: string, own: Score, otherLabel: string, other: Score): string {
  const difference = differenceBand(own.right, other.right);
  const numbers = `${formatPercent(own.exactMatch)} against ${formatPercent(other.exactMatch)}`;
  if (difference.low > 0) return `${label} beats ${otherLabel}: ${numbers} (${range(difference)}).`;
  if (difference.high < 0) return `${label} loses to ${otherLabel}: ${numbers} (${range(difference)}).`;
  return `${label} and ${otherLabel} cannot be told apart: ${numbers} (${range(difference)}).`;
}

function range({ low, high }: { low: number; high: number }): string {
  return `difference ${formatPoints(low)} to ${formatPoints(high)} points`;
}
