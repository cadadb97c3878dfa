import { getWebGPUDevice } from '@jax-js/jax';
import type { EngineDevice } from '../src/engine/device/open-device.ts';
import { WgslStepper } from '../src/engine/train/wgsl/wgsl-stepper.ts';
import { TfjsStepper } from '../src/engine/train/tfjs/tfjs-stepper.ts';
import { SharedRun } from '../src/engine/train/wgsl/shared-run.ts';
import type { StepNumbers, UpdateRequest } from '../src/engine/train/update.ts';
import { labelledExamples, trainingSet } from '../src/engine/train/training-set.ts';
import { registerDirectMatmul } from '../src/engine/device/direct-matmul.ts';
import { armsOf } from '../src/engine/recipe/arms.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../src/engine/session.ts';
import { counting, type Counts } from './count.ts';
import { measureGeneration, type Generation } from './generation.ts';
import { JaxArm, startJax } from './jax-arm.ts';
import { peakGflops, stepGflop } from './peak.ts';

export interface Timing {
  /** Milliseconds: median, fastest and slowest round. */
  median: number;
  fastest: number;
  slowest: number;
}

/** A step when the batch's teacher features are known (every epoch after the first), and when they are not. */
export interface Variants {
  known: Timing;
  fresh: Timing;
}

export interface Measurement {
  adapter: string;
  rounds: number;
  ours: Variants;
  /** The same step in stock tfjs: every kernel its own, teacher included. */
  stockTfjs: Timing;
  /** The same step as one jitted function of jax-js. */
  jaxJs: Variants | null;
  /** Why there is none. */
  jaxJsNote?: string;
  /** Medians divided: how many times faster than the others; in the first epoch, than the others with the teacher's pass. */
  ratios: {
    stockTfjs: number;
    stockTfjsFirstEpoch: number;
    jaxJs: number | null;
    jaxJsFirstEpoch: number | null;
  };
  prepareMs: number;
  /** From the first call to the first numbers, compilation included. */
  jaxJsPrepareMs: number | null;
  dispatches: { fresh: number; known: number };
  /** Of a known step, without the readback of its numbers. */
  passes: number;
  submits: number;
  uploadBytes: number;
  gpuBytes: number;
  /** The other engines' steps, with the readback; jax-js's with known features. */
  others: { stockTfjs: Counts; jaxJs: Counts | null };
  generation: Generation;
  /** Our matrix product alone, the work of a known step, and which part of that rate the whole step reaches. */
  peak: { gflops: number; stepGflop: number; fraction: number };
}

type Numbers = Partial<Record<(typeof compared)[number], number>>;
const compared = ['mainCe', 'mainKl', 'sft', 'gradientNorm'] as const;
const tolerance = 1e-3;

/** Stage-2 steps of a recipe by every engine in turn. */
export async function measure(
  device: EngineDevice,
  session: TrainSession,
  recipe: Recipe,
  rounds: number,
): Promise<Measurement> {
  const arms = armsOf(recipe);
  const set = trainingSet(session, labelledExamples(session, recipe), arms);
  const shared = new SharedRun(session, set, recipe);
  const ours = new WgslStepper(shared, [{ recipe, seed: 0 }]);
  const stock = new TfjsStepper(session, set, recipe);
  const jax = (await startJax()) ? new JaxArm(session, set, recipe) : undefined;
  // Stock tfjs computes its matrix products itself; our steps do not go through tfjs.
  registerDirectMatmul('deterministic');
  const begun = performance.now();
  await ours.prepare('distil');
  const prepareMs = performance.now() - begun;
  let jaxJsPrepareMs: number | null = null;

  const { batchSize } = recipe.data;
  const request = (round: number, count: number): UpdateRequest => ({
    stage: 'distil',
    examples: [Array.from({ length: batchSize }, (_, i) => (round * batchSize + i) % set.size)],
    learningRate: () => 1e-4,
    count,
  });
  const stepper = (engine: WgslStepper | TfjsStepper) => async (update: UpdateRequest) => {
    engine.update(update);
    const [[numbers]] = (await engine.numbers()) as [[StepNumbers]];
    return { ...numbers.losses, gradientNorm: numbers.gradientNorm };
  };
  const times = { known: [], fresh: [], stock: [], jaxKnown: [], jaxFresh: [] } as Record<string, number[]>;
  const time = async (key: keyof typeof times, step: () => Promise<Numbers>, keep: boolean) => {
    const started = performance.now();
    const numbers = await step();
    if (keep) times[key]!.push(performance.now() - started);
    return numbers;
  };
  let last = request(0, 0);
  // The first round compiles tfjs's shaders and jax-js's programs, and warms ours up.
  for (let round = 0; round <= rounds; round++) {
    const keep = round > 0;
    const first = request(round, 2 * round + 1);
    const second = { ...first, count: first.count + 1 };
    last = { ...first, count: first.count + 2 };
    const fresh = await time('fresh', () => stepper(ours)(first), keep);
    const known = await time('known', () => stepper(ours)(second), keep);
    const plain = await time('stock', () => stepper(stock)(request(round, round + 1)), keep);
    if (round === 0) agree('stock tfjs', fresh, plain);
    if (jax === undefined) continue;
    const prepared = performance.now();
    await jax.load(first.examples[0]!);
    const jaxFresh = await time('jaxFresh', () => jax.update('fresh', first), keep);
    const jaxKnown = await time('jaxKnown', () => jax.update('known', second), keep);
    if (round === 0) jaxJsPrepareMs = performance.now() - prepared;
    // Later rounds drift apart by rounding.
    if (round > 1) continue;
    agree('jax-js', fresh, jaxFresh);
    agree('jax-js', known, jaxKnown);
  }

  const count = async (gpu: GPUDevice, step: () => unknown) => {
    const own = counting(gpu);
    await step();
    return own.stop();
  };
  // Examples of no round yet; the second time the teacher's features are known.
  const unseen = request(rounds + 1, last.count + 1);
  const counted = {
    fresh: await count(device.gpu, () => ours.update(unseen)),
    known: await count(device.gpu, () => ours.update({ ...unseen, count: unseen.count + 1 })),
  };
  await ours.numbers();
  const others = {
    stockTfjs: await count(device.gpu, () => stepper(stock)(request(rounds, rounds + 2))),
    jaxJs: jax ? await count(getWebGPUDevice(), () => jax.update('known', last)) : null,
  };
  const gpuBytes = shared.memory.bytes;
  ours.dispose();
  shared.dispose();
  stock.dispose();
  jax?.dispose();

  const timings = Object.fromEntries(
    Object.entries(times).map(([key, values]) => [key, values.length > 0 ? timing(values) : undefined]),
  );
  const { known, fresh, stock: stockTfjs, jaxKnown, jaxFresh } = timings as Record<string, Timing>;
  const gflops = await peakGflops(device, rounds);
  const gflop = stepGflop(session, set, recipe);
  return {
    adapter: device.report.adapter,
    rounds,
    ours: { known: known!, fresh: fresh! },
    stockTfjs: stockTfjs!,
    jaxJs: jax ? { known: jaxKnown!, fresh: jaxFresh! } : null,
    ...(jax === undefined && { jaxJsNote: 'jax-js found no WebGPU here.' }),
    ratios: {
      stockTfjs: stockTfjs!.median / known!.median,
      stockTfjsFirstEpoch: stockTfjs!.median / fresh!.median,
      jaxJs: jax ? jaxKnown!.median / known!.median : null,
      jaxJsFirstEpoch: jax ? jaxFresh!.median / fresh!.median : null,
    },
    prepareMs,
    jaxJsPrepareMs,
    dispatches: { fresh: counted.fresh.dispatches, known: counted.known.dispatches },
    passes: counted.known.passes,
    submits: counted.known.submits,
    uploadBytes: counted.known.uploadedBytes,
    gpuBytes,
    others,
    generation: await measureGeneration(session, recipe, Math.min(rounds, 3)),
    peak: { gflops, stepGflop: gflop, fraction: gflop / (known!.median / 1000) / gflops },
  };
}

/** @throws Error where an engine does not compute what ours does: times of different things mean nothing. */
function agree(engine: string, ours: Numbers, theirs: Numbers): void {
  for (const key of compared) {
    const [a, b] = [ours[key]!, theirs[key]!];
    // Also when either is no number.
    if (!(Math.abs(a - b) <= tolerance * Math.abs(a)))
      throw new Error(`${engine} computes ${key} ${b}, ours ${a}`);
  }
}

function timing(values: readonly number[]): Timing {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)]!, fastest: sorted[0]!, slowest: sorted.at(-1)! };
}
