import type { Score } from '../../engine/distill/events.ts';
import type { EvaluationPoint } from '../../store/metrics-slice.ts';

export interface ScoreRow {
  label: string;
  before: number | undefined;
  now: number | undefined;
  teacher: number | undefined;
}

/**
 * Held-out accuracy over all questions and by kind of question. Before and now are always of the same questions: the live ones
 * while training, all of them at the end.
 */
export function scoreRows(evaluations: readonly EvaluationPoint[]): {
  rows: ScoreRow[];
  questions: number | undefined;
} {
  const student = evaluations.filter(({ who }) => who === 'student');
  const teacher = evaluations.find(({ who }) => who === 'teacher')?.score;
  const ended = student.findLast(({ final, step }) => final && step > 0) !== undefined;
  const comparable = student.filter(({ final }) => final === ended);
  const before = comparable[0]?.score;
  const now = comparable.length > 1 ? comparable.at(-1)!.score : undefined;
  const shown = before ?? teacher;
  if (shown === undefined) return { rows: [], questions: undefined };
  const row = (label: string, read: (score: Score) => number | undefined): ScoreRow => ({
    label,
    before: before && read(before),
    now: now && read(now),
    teacher: teacher && read(teacher),
  });
  return {
    questions: shown.n,
    rows: [
      row('all', (score) => score.exactMatch),
      ...Object.keys(shown.byType).map((type) => row(type, (score) => score.byType[type]?.exactMatch)),
    ],
  };
}
