import { mainArm } from '../../engine/recipe/arms.ts';
import { differenceBand } from '../../engine/evaluate/bands.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { Series } from './series.ts';

/** How many more of the live questions the recipe's own arm answers right than another, by step, with its 95 % bootstrap band. */
export interface Difference {
  series: Series;
  bands: { step: number; range: [low: number, high: number] }[];
}

/** The recipe's own arm minus each other, wherever both answered the live questions at the same step. */
export class Differences {
  readonly byArm = new Map<string, Difference>();
  /** Number of questions; undefined before the first pair. */
  questions: number | undefined;
  /** How many evaluations are taken up. */
  taken = 0;
  private readonly waiting = new Map<number, Map<string, string>>();

  constructor(private readonly evaluations: readonly EvaluationPoint[]) {}

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
    const answered = this.waiting.get(step) ?? new Map<string, string>();
    this.waiting.set(step, answered.set(who, score.right));
    const own = answered.get(mainArm);
    if (own === undefined) return;
    // Whichever of a pair answers last completes it.
    for (const [arm, right] of who === mainArm ? answered : [[who, score.right] as const])
      if (arm !== mainArm) this.add(arm, step, own, right);
    this.questions = score.n;
  }

  private add(arm: string, step: number, own: string, other: string): void {
    const { mean, low, high } = differenceBand(own, other);
    const found = this.byArm.get(arm) ?? { series: new Series(), bands: [] };
    this.byArm.set(arm, found);
    found.series.push(step, mean);
    found.bands.push({ step, range: [low, high] });
  }
}
