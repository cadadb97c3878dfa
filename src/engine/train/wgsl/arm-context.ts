import type { Recipe } from '../../recipe/recipe.ts';
import type { Parameters } from '../../wgsl/core/parameters.ts';
import type { View } from '../../wgsl/core/view.ts';
import type { WgslVlm } from '../../wgsl/vlm.ts';
import type { DskdArm } from '../dskd-arm.ts';
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
  /** Where that is the objective: trained beside the student, outside of `trained`. */
  dskd?: DskdArm;
  hyper: View;
  metrics: View;
}
