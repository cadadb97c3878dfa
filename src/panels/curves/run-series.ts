import { lossKeys, type LossTerms } from '../../engine/method/losses.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { Series } from './series.ts';

/** Accuracy is exact match on the live questions, 0–1. */
export type Quantity = keyof LossTerms | 'gradientNorm' | 'learningRate' | 'accuracy';

/** Every line of one run. Reads only what came since it last looked. */
export class RunSeries {
  private readonly series = new Map<string, Series>();
  /** The last step that has numbers. */
  newest = 0;
  private stepsRead = 0;
  private evaluationsRead = 0;
  private before: number | undefined;

  /** @param smoothing weight of the past in the moving averages, 0–1. */
  constructor(
    private readonly steps: readonly StepMetrics[],
    private readonly evaluations: readonly EvaluationPoint[],
    private readonly smoothing: number,
  ) {
    this.read();
  }

  /** Takes up what was appended to the run's arrays. */
  read(): void {
    for (; this.stepsRead < this.steps.length; this.stepsRead++) {
      const { arm, step, stage, losses, gradientNorm, learningRate } = this.steps[this.stepsRead]!;
      for (const term of ['total', ...lossKeys] as const) {
        const value = losses[term];
        if (value !== undefined) this.of(arm, term).push(step, value, stage);
      }
      this.of(arm, 'gradientNorm').push(step, gradientNorm, stage);
      this.of(arm, 'learningRate').push(step, learningRate);
      this.newest = step;
    }
    for (; this.evaluationsRead < this.evaluations.length; this.evaluationsRead++) {
      const { step, who, score, final } = this.evaluations[this.evaluationsRead]!;
      if (who === 'teacher' || final) continue;
      if (who === 'before') this.before = score.exactMatch;
      const series = this.of(who === 'before' ? mainArm : who, 'accuracy');
      // Every arm starts as the same student.
      if (series.latest === undefined && this.before !== undefined) series.push(0, this.before);
      if (who !== 'before') series.push(step, score.exactMatch);
    }
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
