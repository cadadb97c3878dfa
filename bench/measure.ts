import { sequenceBounds } from '../src/engine/data/batch.ts';
import { trainingExamples } from '../src/engine/data/questions.ts';
import type { EngineDevice } from '../src/engine/device/open-device.ts';
import { FusedStepper } from '../src/engine/distill/fused-stepper.ts';
import { initialRecalibrator } from '../src/engine/distill/recalibrator.ts';
import { ReferenceStepper } from '../src/engine/distill/reference-stepper.ts';
import type { Stepper } from '../src/engine/distill/stepper.ts';
import { registerDirectMatmul } from '../src/engine/kernels/direct-matmul.ts';
import { Random } from '../src/engine/random.ts';
import type { Recipe } from '../src/engine/recipe/schema.ts';
import type { TrainSession } from '../src/engine/session.ts';

export interface Timing {
  /** Milliseconds: median, fastest and slowest round. */
  median: number;
  fastest: number;
  slowest: number;
}

export interface Measurement {
  adapter: string;
  rounds: number;
  /** Our step when the batch's teacher features are known (every epoch after the first), and when they are not. */
  ours: { known: Timing; fresh: Timing };
  /** The same step in stock tfjs: every kernel its own, teacher included. */
  stockTfjs: Timing;
  /** Medians divided: how many times faster than stock tfjs. */
  ratios: { stockTfjs: number; stockTfjsFirstEpoch: number };
  prepareMs: number;
  dispatches: { fresh: number; known: number };
  submits: number;
  uploadBytes: number;
  gpuBytes: number;
}

/** Stage-2 steps of a recipe, ours and stock tfjs in turn, on one device. */
export async function measure(
  device: EngineDevice,
  session: TrainSession,
  recipe: Recipe,
  rounds: number,
): Promise<Measurement> {
  const { batchSize } = recipe.data;
  const examples = trainingExamples({
    manifest: session.manifest,
    tasks: recipe.data.tasks,
    styles: recipe.data.styles,
    seed: recipe.seed,
    count: recipe.data.examples,
  });
  const bounds = {
    teacher: sequenceBounds(session.teacher.tokenizer, examples),
    student: sequenceBounds(session.student.tokenizer, examples),
  };
  const make = (Engine: typeof FusedStepper | typeof ReferenceStepper) =>
    new Engine(
      session,
      recipe,
      examples,
      bounds,
      initialRecalibrator(session.student.config, session.teacher.config, recipe, new Random(recipe.seed)),
    );
  const ours = make(FusedStepper) as FusedStepper;
  const stock = make(ReferenceStepper);
  // Stock tfjs computes its matrix products itself; our steps do not go through tfjs.
  registerDirectMatmul('deterministic');
  const begun = performance.now();
  await ours.prepare('distil');
  const prepareMs = performance.now() - begun;

  let updates = 0;
  const batch = (number: number) =>
    Array.from({ length: batchSize }, (_, i) => (number * batchSize + i) % examples.length);
  const time = async (stepper: Stepper, indices: number[]) => {
    const started = performance.now();
    stepper.update({ stage: 'distil', examples: indices, learningRate: 1e-4, count: ++updates });
    await stepper.numbers();
    return performance.now() - started;
  };
  const times = { known: [] as number[], fresh: [] as number[], stock: [] as number[] };
  // The first round compiles tfjs's shaders and warms ours up.
  for (let round = 0; round <= rounds; round++) {
    const fresh = await time(ours, batch(round));
    const known = await time(ours, batch(round));
    const plain = await time(stock, batch(round));
    if (round === 0) continue;
    times.fresh.push(fresh);
    times.known.push(known);
    times.stock.push(plain);
  }
  const profile = ours.profile();
  const gpuBytes = ours.gpuBytes();
  ours.dispose();
  stock.dispose();
  const [known, fresh, stockTfjs] = [timing(times.known), timing(times.fresh), timing(times.stock)];
  return {
    adapter: device.report.adapter,
    rounds,
    ours: { known, fresh },
    stockTfjs,
    ratios: {
      stockTfjs: stockTfjs.median / known.median,
      stockTfjsFirstEpoch: stockTfjs.median / fresh.median,
    },
    prepareMs,
    dispatches: profile.dispatches,
    submits: 1,
    uploadBytes: profile.uploadBytes,
    gpuBytes,
  };
}

function timing(values: readonly number[]): Timing {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)]!, fastest: sorted[0]!, slowest: sorted.at(-1)! };
}
