import type { Example } from '../data/questions.ts';
import type { Answerer } from '../evaluate/answerer.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { LossTerms, StageKey } from './events.ts';
import type { ProbeReport } from './probe.ts';

/** One update; the same object for every arm, so that what they share is done once. */
export interface UpdateRequest {
  stage: StageKey;
  /** Indices into the run's training examples. */
  examples: readonly number[];
  learningRate: number;
  /** 1-based number of this update within its stage; 1 starts with zero moments. */
  count: number;
}

/** Numbers of one update. */
export interface StepNumbers {
  losses: LossTerms;
  gradientNorm: number;
}

/**
 * Runs the updates of one arm, and answers as its student does at that moment. Two implementations: `FusedStepper`, which people use, and `ReferenceStepper`, the same mathematics in plain
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
  studentWeights(): Promise<Map<string, { shape: number[]; data: Float32Array }>>;
  /** Bytes on the GPU beyond tfjs's own tensors and what arms share. */
  gpuBytes(): number;
  dispose(): void;
}
