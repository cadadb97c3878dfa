import type { Recipe } from '../../recipe/recipe.ts';
import type { Parameters, WeightStore } from '../../wgsl/core/parameters.ts';
import type { View } from '../../wgsl/core/view.ts';
import type { WgslVlm } from '../../wgsl/vlm.ts';
import type { ObjectiveWeights } from '../objective-weights.ts';
import type { ListBatches } from './batches/list-batches.ts';
import type { SharedRun } from './shared-run.ts';

/** What is recorded from: of a list of students, or of one of them. */
export interface StudentContext {
  shared: SharedRun;
  batches: ListBatches;
  recipe: Recipe;
  student: WgslVlm;
  /** Recalibrator and student. */
  weights: WeightStore;
}

/** What every stage of a list of students shares. */
export interface ArmContext extends StudentContext {
  /** Which of the weights any stage may train. */
  trained: Parameters;
  /** What the objective trains beside the student, outside of `trained`; a list with such an objective has one student. */
  own: ObjectiveWeights | undefined;
  /** Whose of the seeds' batches that student learns. */
  seed: number;
  /** `hyperNumbers` of every student. */
  hyper: View;
  metrics: View;
}
