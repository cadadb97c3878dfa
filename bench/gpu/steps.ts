import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';
import type { TrainingSet } from '../../src/engine/train/training-set.ts';
import type { UpdateRequest } from '../../src/engine/train/update.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import { WgslStepper } from '../../src/engine/train/wgsl/wgsl-stepper.ts';
import { measureSpeed } from '../../src/engine/wgsl/tune/speed.ts';
import { counting } from '../count.ts';
import { peakGflops, stepGflop } from '../peak.ts';

/** Of every update of the bench. */
export const learningRate = 1e-4;
/** Updates whose losses others are compared with. */
const checkedUpdates = 3;

/** mainCe, mainKl, sft and the gradient's norm of one update. */
export type CheckedStep = [number, number, number, number];

export interface OurSteps {
  /** One at a time, with the readback of its numbers: median. */
  singleMs: number;
  /** One after the other without waiting. */
  backToBackMs: number;
  /** What recording a step costs JavaScript. */
  recordingMs: number;
  dispatches: number;
  /** Dispatches times what an empty one costs: a step that waits for nothing else. */
  dispatchFloorMs: number;
  /** Which part of the rate of our matrix product alone a step back to back reaches. */
  fractionOfPeak: number;
  peakGflops: number;
  stepGflop: number;
  checked: CheckedStep[];
}

/** Stage-2 steps with known teacher features, as one student takes them. */
export async function measureSteps(
  device: EngineDevice,
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  rounds: number,
): Promise<OurSteps> {
  const { stepper, dispose } = await ourStepper(session, set, recipe);
  const examples = [Array.from({ length: recipe.data.batchSize }, (_, i) => i)];
  let count = 0;
  const update = (): void => {
    count++;
    const request: UpdateRequest = { stage: 'distil', examples, learningRate: () => learningRate, count };
    stepper.update(request);
  };
  const checked: CheckedStep[] = [];
  for (let i = 0; i < checkedUpdates; i++) {
    update();
    const [[numbers] = []] = await stepper.numbers();
    const { mainCe, mainKl, sft } = numbers!.losses;
    checked.push([mainCe!, mainKl!, sft!, numbers!.gradientNorm]);
  }
  const single: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    update();
    await stepper.numbers();
    single.push(performance.now() - begun);
  }
  const begun = performance.now();
  for (let round = 0; round < rounds; round++) update();
  const recordingMs = (performance.now() - begun) / rounds;
  await stepper.numbers();
  const backToBackMs = (performance.now() - begun) / rounds;
  const counts = counting(device.gpu);
  update();
  const { dispatches } = counts.stop();
  await stepper.numbers();
  dispose();
  const { secondsPerDispatch } = await measureSpeed(device.gpu, device.report.variant);
  const peak = await peakGflops(device, rounds);
  const gflop = stepGflop(session, set, recipe);
  return {
    singleMs: median(single),
    backToBackMs,
    recordingMs,
    dispatches,
    dispatchFloorMs: 1000 * secondsPerDispatch * dispatches,
    fractionOfPeak: gflop / (backToBackMs / 1000) / peak,
    peakGflops: peak,
    stepGflop: gflop,
    checked,
  };
}

/** One student in stage 2. */
export async function ourStepper(session: TrainSession, set: TrainingSet, recipe: Recipe) {
  const shared = new SharedRun(session, set, recipe);
  const stepper = new WgslStepper(shared, [{ recipe, seed: 0 }]);
  await stepper.prepare('distil');
  const dispose = () => {
    stepper.dispose();
    shared.dispose();
  };
  return { stepper, dispose };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
