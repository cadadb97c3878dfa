import { mainArm } from '../../engine/recipe/arms.ts';
import { scoreDifference } from '../../engine/evaluate/over-seeds.ts';
import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import type { Clock } from './axis/clock.ts';
import { Series } from './series.ts';

/** How many more of the live questions the recipe's own arm answers right than another, at its places, with its 95 % bootstrap band, over seeds where there are several. */
export interface Difference {
  series: Series;
  bands: { x: number; range: [low: number, high: number] }[];
}

/** The recipe's own arm minus each other, wherever both answered the live questions at the same step, with all seeds. */
export class Differences {
  readonly byArm = new Map<string, Difference>();
  /** Number of questions; undefined before the first pair. */
  questions: number | undefined;
  /** How many evaluations are taken up. */
  taken = 0;
  private readonly waiting = new Map<number, Map<string, Score[]>>();

  constructor(
    private readonly evaluations: readonly EvaluationPoint[],
    private readonly seeds = 1,
    private readonly clock?: Clock,
  ) {}

  /**
   * Takes up what was appended. Resampling takes its time: stops when `milliseconds` have gone by.
   * @returns whether all is taken up.
   */
  read(milliseconds: number): boolean {
    const end = performance.now() + milliseconds;
    while (this.taken < this.evaluations.length) {
      this.take(this.evaluations[this.taken++]!);
      if (performance.now() >= end) break;
    }
    return this.taken === this.evaluations.length;
  }

  private take({ step, who, score, final }: EvaluationPoint): void {
    if (final || who === 'teacher' || who === 'before') return;
    const answered = this.waiting.get(step) ?? new Map<string, Score[]>();
    const said = [...(answered.get(who) ?? []), score];
    this.waiting.set(step, answered.set(who, said));
    const own = answered.get(mainArm);
    const complete = (scores?: Score[]) => scores?.length === this.seeds;
    if (own === undefined || !complete(own) || !complete(said)) return;
    // Whichever of a pair answers last completes it.
    for (const [arm, scores] of who === mainArm ? answered : [[who, said] as const])
      if (arm !== mainArm && complete(scores)) this.add(arm, step, own, scores);
    this.questions = score.n;
  }

  private add(arm: string, step: number, own: Score[], other: Score[]): void {
    const { mean, low, high } = scoreDifference(own, other);
    const found = this.byArm.get(arm) ?? { series: new Series(), bands: [] };
    this.byArm.set(arm, found);
    const x = this.clock?.secondsAt(step) ?? step;
    found.series.push(x, mean);
    found.bands.push({ x, range: [low, high] });
  }
}
