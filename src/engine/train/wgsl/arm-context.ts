import type { Recipe } from '../../recipe/recipe.ts';
import type { Parameters } from '../../wgsl/core/parameters.ts';
import type { View } from '../../wgsl/core/view.ts';
import type { WgslVlm } from '../../wgsl/vlm.ts';
import type { ObjectiveWeights } from '../objective-weights.ts';
import type { BatchSource } from './batch-source.ts';
import type { SharedRun } from './shared-run.ts';

/** What every stage of an arm shares. */
export interface ArmContext {
  shared: SharedRun;
  source: BatchSource;
  recipe: Recipe;
  student: WgslVlm;
  /** Recalibrator and student. */
  trained: Parameters;
  /** What the objective trains beside the student, outside of `trained`. */
  own: ObjectiveWeights | undefined;
  hyper: View;
  metrics: View;
}
