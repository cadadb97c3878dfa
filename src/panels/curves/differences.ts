import { differenceBand } from '../../engine/evaluate/bands.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EvaluationPoint } from '../../store/metrics-slice.ts';

/** How much better the recipe's own arm is than another at one step, as a fraction of the live questions. */
export interface Difference {
  step: number;
  mean: number;
  /** 95 % of resampled questions. */
  band: [low: number, high: number];
}

/** The recipe's own arm minus another one, question by question, wherever both were asked. */
export function differences(evaluations: readonly EvaluationPoint[], other: string): Difference[] {
  const live = evaluations.filter(({ final }) => !final);
  const others = new Map(live.filter(({ who }) => who === other).map(({ step, score }) => [step, score]));
  return live
    .filter(({ who }) => who === mainArm)
    .flatMap(({ step, score }) => {
      const right = others.get(step)?.right;
      if (right === undefined || right.length !== score.right.length) return [];
      const { mean, low, high } = differenceBand(score.right, right);
      return [{ step, mean, band: [low, high] as [number, number] }];
    });
}
