import { lossKeys, type LossTerms } from '../../engine/method/losses.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import type { Score } from '../../engine/evaluate/score-schema.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import type { Clock } from './axis/clock.ts';
import { Series } from './series.ts';

/** Accuracy is exact match on the live questions, 0–1. */
export type Quantity = keyof LossTerms | 'gradientNorm' | 'learningRate' | 'accuracy';

/** Where the students of a line lie at a place on the axis, from the lowest to the highest of the seeds. */
export interface SeedRange {
  x: number;
  range: [low: number, high: number];
}

/** Every line of one run over its updates, or over the seconds of its work; means over its seeds. Reads only what came since it last looked. */
export class RunSeries {
  private readonly series = new Map<string, Series>();
  /** The last step that has numbers. */
  newest = 0;
  private stepsRead = 0;
  private evaluationsRead = 0;
  private before: number | undefined;
  /** By arm, in the order of the seeds. */
  private readonly ends = new Map<string, { step: number; scores: Score[] }>();
  /** Numbers of a step of which not all seeds have come. */
  private readonly waiting = new Map<string, number[]>();
  private readonly ranges = new Map<string, SeedRange[]>();

  /**
   * @param smoothing weight of the past in the moving averages, 0–1.
   * @param clock where the lines lie over seconds of work instead of over updates.
   */
  constructor(
    private readonly steps: readonly StepMetrics[],
    private readonly evaluations: readonly EvaluationPoint[],
    private readonly smoothing: number,
    private readonly seeds = 1,
    private readonly clock?: Clock,
  ) {
    this.read();
  }

  /** Takes up what was appended to the run's arrays. */
  read(): void {
    for (; this.stepsRead < this.steps.length; this.stepsRead++) {
      const { arm, step, stage, losses, gradientNorm, learningRate } = this.steps[this.stepsRead]!;
      for (const term of ['total', ...lossKeys] as const) {
        const value = losses[term];
        if (value !== undefined) this.take(arm, term, step, value, stage);
      }
      this.take(arm, 'gradientNorm', step, gradientNorm, stage);
      this.take(arm, 'learningRate', step, learningRate);
      this.newest = step;
    }
    // The untouched student is asked before the clock says where the run begins.
    if (this.clock !== undefined && this.clock.end === undefined) return;
    for (; this.evaluationsRead < this.evaluations.length; this.evaluationsRead++) {
      const { step, who, score, final } = this.evaluations[this.evaluationsRead]!;
      if (final) this.ends.set(who, { step, scores: [...(this.ends.get(who)?.scores ?? []), score] });
      if (who === 'teacher' || final) continue;
      if (who === 'before') this.before = score.exactMatch;
      const series = this.of(who === 'before' ? mainArm : who, 'accuracy');
      // Every arm starts as the same student.
      if (series.latest === undefined && this.before !== undefined) series.push(this.xAt(0), this.before);
      if (who !== 'before') this.take(who, 'accuracy', step, score.exactMatch);
    }
  }

  /** An arm's scores on all questions, after its last step, once every seed has answered them. */
  end(arm: string): { x: number; scores: readonly Score[] } | undefined {
    const found = this.ends.get(arm);
    if (found === undefined || found.scores.length < this.seeds) return undefined;
    return { x: this.xAt(found.step), scores: found.scores };
  }

  /** From the lowest to the highest seed at every step; empty where there is one. */
  rangesOf(arm: string, quantity: Quantity): readonly SeedRange[] {
    return this.ranges.get(`${quantity} ${arm}`) ?? [];
  }

  /** One student's number; all seeds' of a step make one. */
  private take(arm: string, quantity: Quantity, step: number, value: number, stage?: string): void {
    const series = this.of(arm, quantity);
    if (this.seeds === 1) {
      series.push(this.xAt(step), value, stage);
      return;
    }
    const key = `${quantity} ${arm}`;
    const values = [...(this.waiting.get(key) ?? []), value];
    this.waiting.set(key, values.length < this.seeds ? values : []);
    if (values.length < this.seeds) return;
    const x = this.xAt(step);
    series.push(x, values.reduce((sum, own) => sum + own, 0) / values.length, stage);
    const ranges = this.ranges.get(key) ?? [];
    this.ranges.set(key, ranges);
    ranges.push({ x, range: [Math.min(...values), Math.max(...values)] });
  }

  /** Where an update lies on the axis. */
  xAt(step: number): number {
    return this.clock?.secondsAt(step) ?? step;
  }

  /** An arm's numbers; empty while there are none. */
  of(arm: string, quantity: Quantity): Series {
    const key = `${quantity} ${arm}`;
    let found = this.series.get(key);
    if (found === undefined) {
      const exact = quantity === 'accuracy' || quantity === 'learningRate';
      found = new Series(exact ? 0 : this.smoothing);
      this.series.set(key, found);
    }
    return found;
  }
}
