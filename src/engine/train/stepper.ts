import type { Example } from '../data/example.ts';
import type { Answerer } from '../evaluate/answerer.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { StageKey } from '../method/stages.ts';
import type { ProbeReport } from './probe-report.ts';
import type { StepNumbers, UpdateRequest } from './update.ts';

/**
 * Runs the updates of one arm, and answers as its student does at that moment. Two implementations: `WgslStepper`, which people use, and `TfjsStepper`, the same mathematics in plain
 * tfjs, which it is tested and measured against.
 */
export interface Stepper extends Answerer {
  /** Makes a stage ready to run; the previous stage's scratch memory is given back. */
  prepare(stage: StageKey): Promise<void>;
  /** Takes over a recipe that differs in live fields only; the numbers must have been read. */
  change(recipe: Recipe): Promise<void>;
  /** Queues one update; nothing is read back. */
  update(request: UpdateRequest): void;
  /** Numbers of every update since the last call, in one readback; undefined for a stage in which the arm has nothing to train. */
  numbers(): Promise<(StepNumbers | undefined)[]>;
  /** Looks into the Recalibrator, where the arm has one at that moment. */
  probe(examples: readonly Example[]): Promise<ProbeReport | undefined>;
  /** Everything that an update changes, by name, exact. */
  state(): Promise<Map<string, Float32Array>>;
  /** Names and lengths that `restore` needs. */
  stateSizes(): Map<string, number>;
  restore(state: ReadonlyMap<string, Float32Array>): void;
  studentWeights(): Promise<HostTensors>;
  /** Bytes on the GPU beyond tfjs's own tensors and what arms share. */
  gpuBytes(): number;
  dispose(): void;
}
