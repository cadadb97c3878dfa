import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { ArmReport } from '../../engine/run/events.ts';
import { bootstrapBand, type Band } from '../../engine/evaluate/bands.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';

export interface ScoreRow {
  /** An arm's key, “before” or “teacher”. */
  key: string;
  label: string;
  score: Score | undefined;
  /** 95 % of resampled question sets; only where all questions were asked. */
  band: Band | undefined;
}

/**
 * Who answers how many questions right. Everyone is compared on the same questions: the live ones while training, all of them at the end
 * (the teacher is always asked all). The rows stand before their first number does.
 */
export function scoreRows(
  evaluations: readonly EvaluationPoint[],
  arms: readonly ArmReport[],
): { rows: ScoreRow[]; types: string[]; questions: number | undefined } {
  const teacher = evaluations.find(({ who }) => who === 'teacher')?.score;
  const ended =
    arms.length > 0 && arms.every(({ key }) => evaluations.some(({ who, final }) => final && who === key));
  const latest = (who: string) =>
    evaluations.findLast((point) => point.who === who && point.final === ended)?.score;
  const before = latest('before');
  const shown = before ?? teacher;
  const row = (key: string, label: string, score: Score | undefined, final = ended): ScoreRow => ({
    key,
    label,
    score,
    band: final && score !== undefined ? bootstrapBand(Array.from(score.right, Number)) : undefined,
  });
  return {
    questions: shown?.n,
    types: Object.keys(shown?.byType ?? {}),
    rows: [
      row('teacher', 'Teacher', teacher, true),
      ...arms
        .map(({ key, label }) => row(key, label, latest(key)))
        .sort((a, b) => Number(b.key === mainArm) - Number(a.key === mainArm)),
      row('before', 'Student before', before),
    ],
  };
}
