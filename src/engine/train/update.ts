import type { LossTerms } from '../method/losses.ts';
import type { StageKey } from '../method/stages.ts';
import type { Recipe } from '../recipe/recipe.ts';

/** One update of every student; the same object for all of them, so that what they share is done once. */
export interface UpdateRequest {
  stage: StageKey;
  /** Every seed's batch, as indices into the run's training examples. */
  examples: readonly (readonly number[])[];
  /** The rate of a student in this update, by its recipe. */
  learningRate: (recipe: Recipe) => number;
  /** 1-based number of this update within its stage; 1 starts with zero moments. */
  count: number;
}

/** Numbers of one update. */
export interface StepNumbers {
  losses: LossTerms;
  gradientNorm: number;
  learningRate: number;
}
