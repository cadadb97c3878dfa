import { z } from 'zod';
import { readPairs } from '../models/checkpoints/checkpoint-index.ts';
import { readJson, type FileSource } from '../models/checkpoints/source.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EngineDevice } from '../device/open-device.ts';
import { EngineError } from '../errors.ts';
import { alternatives, type KernelVariant } from '../device/variant.ts';
import { armsOf } from '../recipe/arms.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { loadModel, memoryOf, usualBudgets, type TrainSession } from '../session.ts';
import type { LossTerms } from '../method/losses.ts';
import { WgslStepper } from '../train/wgsl/wgsl-stepper.ts';
import { SharedRun } from '../train/wgsl/shared-run.ts';
import type { StepNumbers } from '../train/update.ts';
import { trainingSet } from '../train/training-set.ts';

const numbersSchema = z.strictObject({
  losses: z.record(z.string(), z.number()),
  /** By tensor: norm, and `signedSum`. */
  gradients: z.record(z.string(), z.tuple([z.number(), z.number()])),
});
type Numbers = z.output<typeof numbersSchema>;

/** PyTorch's numbers of the first update of two stages, made by pytorch/make_fixtures.py. */
const referenceSchema = ({ exampleSchema }: Dataset) =>
  z.looseObject({
    version: z.literal(1),
    teacher: z.string(),
    student: z.string(),
    /** Hashes of the two checkpoints that the numbers belong to. */
    checkpoints: z.tuple([z.string(), z.string()]),
    seed: z.int(),
    options: z.record(z.string(), z.unknown()),
    examples: z.array(exampleSchema),
    stages: z.strictObject({ distil: numbersSchema, finetune: numbersSchema }),
  });
type Reference = z.output<ReturnType<typeof referenceSchema>>;

/** How far a device's numbers are from PyTorch's, relative. */
interface Difference {
  loss: number;
  gradient: number;
}

export interface SelfCheckReport extends Difference {
  /** The kernels that these numbers were computed with. */
  variant: KernelVariant;
  /** Of all variants that were tried. */
  seconds: number;
}

/** Right drivers are some 1e-6 away from PyTorch in the losses and 1e-5 in the gradients; a wrong kernel changes the first digits. */
const tolerance = 1e-3;
const unusable: Difference = { loss: Infinity, gradient: Infinity };

/**
 * Compares one small update on this device with PyTorch's numbers: every loss, and the gradient of every trained tensor. The device's own
 * kernel variant is tried first, then its `alternatives`. Graphics cards make an update of stage 2; software, which compiles slowly, one of stage 3, whose kernels are half as many.
 * @throws EngineError `device-wrong` when no variant computes rightly; those of the files
 */
export async function selfCheck(
  { source, device }: { source: FileSource; device: EngineDevice },
  data: Dataset,
): Promise<SelfCheckReport> {
  const reference = await readReference(source, data);
  const session = {
    ...(await loadPair(source, reference)),
    data,
    device,
    cacheBudgets: usualBudgets,
    memoryBudget: memoryOf(device),
    frozen: 'f32' as const,
  };
  const begun = performance.now();
  for (const variant of [device.report.variant, ...alternatives(device.report.variant)]) {
    const difference = await differenceOf(session, reference, variant);
    if (difference.loss <= tolerance && difference.gradient <= tolerance)
      return { ...difference, variant, seconds: (performance.now() - begun) / 1000 };
  }
  throw new EngineError(
    'device-wrong',
    'This graphics driver computes wrongly: a trial step gives other losses or gradients than PyTorch, however its kernels are written.',
    'Update the graphics driver or the browser, or turn hardware acceleration off to train in software.',
  );
}

async function readReference(source: FileSource, data: Dataset): Promise<Reference> {
  const result = referenceSchema(data).safeParse(await readJson(source, 'checkpoints/self-check.json'));
  if (!result.success)
    throw new EngineError(
      'file-unsupported',
      'checkpoints/self-check.json does not have the expected contents.',
      'Make it again with pytorch/make_fixtures.py.',
      { cause: result.error },
    );
  return result.data;
}

async function loadPair(
  source: FileSource,
  { teacher, student, checkpoints }: Reference,
): Promise<Pick<TrainSession, 'pair' | 'teacher' | 'student'>> {
  const pair = (await readPairs(source)).find(
    (p) => p.teacher.name === teacher && p.student.name === student,
  );
  if (pair === undefined) throw otherCheckpoints();
  const [first, second] = await Promise.all([
    loadModel(source, `checkpoints/${pair.teacher.folder}`),
    loadModel(source, `checkpoints/${pair.student.folder}`),
  ]);
  if (first.checkpoint.hash !== checkpoints[0] || second.checkpoint.hash !== checkpoints[1])
    throw otherCheckpoints();
  return { pair, teacher: first, student: second };
}

function otherCheckpoints(): EngineError {
  return new EngineError(
    'file-unsupported',
    'The numbers of checkpoints/self-check.json belong to other checkpoints.',
    'Make them again with pytorch/make_fixtures.py.',
  );
}

/** Makes one update as runs make it, with `variant`. */
async function differenceOf(
  session: TrainSession,
  reference: Reference,
  variant: KernelVariant,
): Promise<Difference> {
  const { device } = session;
  const { seed, options, examples, stages } = reference;
  const stage = device.report.software ? 'finetune' : 'distil';
  const recipe = recipeSchema.parse({
    ...options,
    pair: session.pair.key,
    seed,
    arms: [],
    data: { batchSize: examples.length, labelled: 0 },
    student: { visionEncoder: 'trained' },
    optimiser: { clipNorm: 0 },
  });
  // A driver that refuses a kernel is no better than one that computes it wrongly, and must not end the device.
  device.gpu.pushErrorScope('validation');
  const report = { ...device.report, variant };
  const shared = new SharedRun(
    { ...session, device: { ...device, report } },
    trainingSet(session, examples, armsOf(recipe)),
    recipe,
  );
  let difference = unusable;
  try {
    const stepper = new WgslStepper(shared, [{ recipe, seed: 0 }]);
    await stepper.prepare(stage);
    stepper.update({ stage, examples: [[...examples.keys()]], learningRate: () => 0, count: 1 });
    const [[numbers]] = (await stepper.numbers()) as [[StepNumbers]];
    difference = {
      loss: lossDifference(stages[stage], numbers.losses),
      // After the first update AdamW's first moment is the gradient times 1 − β1.
      gradient: gradientDifference(
        stages[stage],
        await stepper.students[0]!.state(),
        1 - recipe.optimiser.beta1,
      ),
    };
  } catch (error) {
    if (!(error instanceof GPUPipelineError)) throw error;
  } finally {
    shared.dispose();
  }
  return (await device.gpu.popErrorScope()) === null ? difference : unusable;
}

function lossDifference({ losses }: Numbers, found: LossTerms): number {
  return largest(
    Object.entries(losses).map(
      ([term, expected]) => Math.abs(found[term as keyof LossTerms]! - expected) / Math.abs(expected),
    ),
  );
}

/** Over all tensors, relative to the tensor's norm, but never finer than f32 can tell beside the largest one. */
function gradientDifference(
  { gradients }: Numbers,
  state: ReadonlyMap<string, Float32Array>,
  factor: number,
): number {
  const floor = 1e-4 * largest(Object.values(gradients).map(([norm]) => norm));
  return largest(
    Object.entries(gradients).map(([name, [norm, expected]]) => {
      const found = signedSum(state.get(`${name}#first`)!) / factor;
      return Math.abs(found - expected) / Math.max(norm, floor);
    }),
  );
}

/** A number that every entry has a part in: Σ ±x, with signs that a hash of the index decides. */
function signedSum(values: Float32Array): number {
  return values.reduce((sum, x, i) => sum + (Math.imul(i, 0x9e3779b1) < 0 ? -x : x), 0);
}

/** NaN where one of them is. */
function largest(values: readonly number[]): number {
  return Math.max(...values);
}
