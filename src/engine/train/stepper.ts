import type { Answerer } from '../evaluate/answerer.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { StageKey } from '../method/stages.ts';
import type { ProbeReport } from './probe-report.ts';
import type { StepNumbers, UpdateRequest } from './update.ts';

/** Rows of the teacher's logits, one a token of an answer: of its own features, and of the recalibrated ones. */
export interface HeadLogits {
  teacher: Float32Array[];
  recalibrator: Float32Array[];
}

/** One student as it is whenever it is asked, and all that decides how it goes on. */
export interface Trainee extends Answerer {
  /** Looks into the Recalibrator, where the student has one at that moment. */
  probe(): Promise<ProbeReport | undefined>;
  /**
   * What the latest update compared for the first example of its batch, before it changed the weights; undefined where it recalibrated
   * nothing.
   */
  heads(): Promise<HeadLogits | undefined>;
  /** Everything that an update changes, by name, exact. */
  state(): Promise<Map<string, Float32Array>>;
  /** Names and lengths that `restore` needs. */
  stateSizes(): Map<string, number>;
  restore(state: ReadonlyMap<string, Float32Array>): void;
  /** Its weights by their checkpoint names; adapters are merged into them. */
  studentWeights(): Promise<HostTensors>;
  /** Its adapters, where its recipe has some (`loraShapes`). */
  adapters(): Promise<HostTensors | undefined>;
}

/**
 * Runs the updates of one student, or of several that are trained in one list. Two implementations: `WgslStepper`, which people use, and
 * `TfjsStepper`, the same mathematics for one student in plain tfjs, which it is tested and measured against.
 */
export interface Stepper {
  readonly students: readonly Trainee[];
  /** Makes a stage ready to run; the previous stage's scratch memory is given back. */
  prepare(stage: StageKey): Promise<void>;
  /**
   * Takes over recipes that differ in live fields only; the numbers must have been read.
   * @param recipes by student
   */
  change(recipes: readonly Recipe[]): Promise<void>;
  /** Queues one update of every student; nothing is read back. */
  update(request: UpdateRequest): void;
  /** Numbers of every update since the last call by student, in one readback; undefined for a stage in which it has nothing to train. */
  numbers(): Promise<(StepNumbers | undefined)[][]>;
  dispose(): void;
}
