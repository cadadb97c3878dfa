import type { LossTerms } from '../../engine/method/losses.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import { stageKeys } from '../../engine/method/stages.ts';
import { mainArm } from '../../engine/recipe/arms.ts';

/** A loss as it was when it was last measured. */
export interface Measured {
  value: number;
  step: number;
}

/** Every loss term that the recipe's own arm had in some stage, with its last value. */
export function latestLosses(steps: readonly StepMetrics[]): Partial<Record<keyof LossTerms, Measured>> {
  const found: Partial<Record<keyof LossTerms, Measured>> = {};
  // The last stage first: what it does not have is older.
  for (const stage of stageKeys.toReversed()) {
    const last = steps.findLast((entry) => entry.stage === stage && entry.arm === mainArm);
    for (const [term, value] of Object.entries(last?.losses ?? {}) as [keyof LossTerms, number][])
      found[term] ??= { value, step: last!.step };
  }
  return found;
}
