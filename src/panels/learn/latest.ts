import type { LossTerms } from '../../engine/method/losses.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import { isOfSeed } from '../../engine/run/of-seed.ts';
import { stageKeys } from '../../engine/method/stages.ts';
import { mainArm } from '../../engine/recipe/arms.ts';

/** A loss as it was when it was last measured. */
export interface Measured {
  value: number;
  step: number;
}

/**
 * Every loss term that the recipe's own arm had in some stage, with its last value.
 * @param seed of several, the one that is told
 */
export function latestLosses(
  steps: readonly StepMetrics[],
  seed?: number,
): Partial<Record<keyof LossTerms, Measured>> {
  const found: Partial<Record<keyof LossTerms, Measured>> = {};
  // The last stage first: what it does not have is older.
  for (const stage of stageKeys.toReversed()) {
    const last = steps.findLast(
      (entry) => entry.stage === stage && entry.arm === mainArm && isOfSeed(entry, seed),
    );
    for (const [term, value] of Object.entries(last?.losses ?? {}) as [keyof LossTerms, number][])
      found[term] ??= { value, step: last!.step };
  }
  return found;
}
