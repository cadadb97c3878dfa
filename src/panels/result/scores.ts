import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { ArmReport } from '../../engine/run/events.ts';
import type { Band } from '../../engine/evaluate/bands.ts';
import { meanOfScores, scoreBand, type SeedScores } from '../../engine/evaluate/over-seeds.ts';
import { onFirst } from '../../engine/evaluate/score.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';

export interface ScoreRow {
  /** An arm's key, “before” or “teacher”. */
  key: string;
  label: string;
  /** Means over the seeds, where there are several. */
  score: Pick<Score, 'exactMatch' | 'n' | 'byType'> | undefined;
  /** 95 % of resampled question sets, and of seeds where there are several; only where all questions were asked. */
  band: Band | undefined;
}

/** A resampling takes milliseconds, and table, curves and words ask for the same ones. */
const bands = new WeakMap<Score, Band>();

/** Where 95 % of resampled question sets, and seeds, put a score that all of an arm's students have. */
export function knownBand(scores: SeedScores): Band {
  const last = scores.at(-1)!;
  const band = bands.get(last) ?? scoreBand(scores);
  bands.set(last, band);
  return band;
}

/**
 * Who answers how many questions right: what table, curves and words say. Everyone is compared on the same questions: the live ones while
 * training, all of them from when every arm has answered them (`ended`). The rows stand before their first number does.
 */
export function scoreRows(
  evaluations: readonly EvaluationPoint[],
  arms: readonly ArmReport[],
): { rows: ScoreRow[]; types: string[]; questions: number | undefined; ended: boolean } {
  const taught = evaluations.find(({ who }) => who === 'teacher')?.score;
  const ended =
    arms.length > 0 && arms.every(({ key }) => evaluations.some(({ who, final }) => final && who === key));
  const latest = (who: string): SeedScores => {
    const bySeed = new Map<number | undefined, Score>();
    for (const point of evaluations)
      if (point.who === who && point.final === ended) bySeed.set(point.seed, point.score);
    return [...bySeed.values()];
  };
  const before = latest('before');
  const teacher = taught && before[0] && !ended ? onFirst(taught, before[0].n) : taught;
  const shown = before[0] ?? teacher;
  const row = (key: string, label: string, scores: SeedScores): ScoreRow => ({
    key,
    label,
    score: scores.length === 0 ? undefined : meanOfScores(scores),
    band: ended && scores.length > 0 ? knownBand(scores) : undefined,
  });
  return {
    ended,
    questions: shown?.n,
    types: Object.keys(shown?.byType ?? {}),
    rows: [
      row('teacher', 'Teacher', teacher === undefined ? [] : [teacher]),
      ...arms
        .map(({ key, label }) => row(key, label, latest(key)))
        .sort((a, b) => Number(b.key === mainArm) - Number(a.key === mainArm)),
      row('before', 'Student before', before),
    ],
  };
}
