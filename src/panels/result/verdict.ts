import type { RunSummary } from '../../engine/distill/events.ts';
import { formatPercent } from '../format.ts';

/** The outcome in plain words, also when it is a bad one. */
export function verdict(summary: RunSummary): { improved: boolean; headline: string; detail: string } {
  const { heldOutBefore: before, heldOutAfter: after, teacherHeldOut: teacher, questions } = summary;
  const change = after - before;
  // Two standard errors of the difference between two proportions; asking both times the same questions only narrows it.
  const chance = 2 * Math.sqrt((before * (1 - before) + after * (1 - after)) / questions);
  const improved = change > 0 && change >= chance;
  const numbers = `${formatPercent(before)} before, ${formatPercent(after)} now`;
  const headline = improved
    ? `The student improved: ${numbers}.`
    : change < 0 && -change >= chance
      ? `The student did not improve: it got worse, ${numbers}.`
      : `The student did not improve: ${numbers}, which is within chance (±${formatPercent(chance)}).`;
  const gap = teacher - before;
  const closed =
    improved && gap > 0 ? `, so the run closed ${Math.round((change / gap) * 100)} % of the gap` : '';
  return {
    improved,
    headline,
    detail: `Exact answers to ${questions} questions about drawings in a style no training picture has. The teacher gives ${formatPercent(teacher)}${closed}. There is no control run without a teacher, so this does not show how much of the change the teacher caused.`,
  };
}
