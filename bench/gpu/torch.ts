import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeTokenBatch } from '../../src/engine/data/batch.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { withPictures } from '../../src/engine/models/families/families.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';
import { initialRecalibrator } from '../../src/engine/tfjs/recalibrator.ts';
import type { TrainingSet } from '../../src/engine/train/training-set.ts';
import { learningRate, type CheckedStep } from './steps.ts';

/** One way of running the step in PyTorch: its times and how its losses compare, or why it does not run here. */
export type TorchWay =
  { singleMs: number; backToBackMs: number; largestDifference: number; agrees: boolean } | { note: string };

export interface TorchArms {
  torch: string;
  device: string;
  ways: Record<string, TorchWay>;
}

interface Printed {
  torch: string;
  device: string;
  ways: Record<string, { singleMs: number; backToBackMs: number; checked: CheckedStep[] } | { note: string }>;
}

const tolerance = 1e-3;

/**
 * Times the same step in PyTorch, in a process of its own; what it computes is compared with our first updates.
 * @param folder for what the two share
 * @param python the interpreter
 * @returns why not, where there is no PyTorch
 */
export async function measureTorch(
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  { folder, python, rounds, ours }: { folder: string; python: string; rounds: number; ours: CheckedStep[] },
): Promise<TorchArms | { note: string }> {
  writeInputs(session, set, recipe, folder);
  let printed: Printed;
  try {
    const { stdout } = await promisify(execFile)(
      python,
      ['bench/torch_step.py', folder, '--rounds', String(rounds)],
      { maxBuffer: 2 ** 26 },
    );
    printed = JSON.parse(stdout.trim().split('\n').at(-1)!) as Printed;
  } catch (error) {
    return { note: `${python} bench/torch_step.py: ${String(error).split('\n').slice(-2).join(' ').trim()}` };
  }
  const ways = Object.entries(printed.ways).map(([name, way]): [string, TorchWay] => {
    if ('note' in way) return [name, way];
    const { singleMs, backToBackMs, checked } = way;
    const largestDifference = Math.max(
      ...checked.flatMap((step, i) =>
        step.map((value, j) => Math.abs(value - ours[i]![j]!) / Math.abs(ours[i]![j]!)),
      ),
    );
    return [name, { singleMs, backToBackMs, largestDifference, agrees: largestDifference <= tolerance }];
  });
  return { ...printed, ways: Object.fromEntries(ways) };
}

/** One batch, the Recalibrator's first weights and the recipe's numbers, as bench/torch_step.py reads them. */
function writeInputs(session: TrainSession, set: TrainingSet, recipe: Recipe, folder: string): void {
  const { batchSize } = recipe.data;
  const examples = set.forArm(recipe).examples.slice(0, batchSize);
  const tensors: { name: string; shape: readonly number[]; data: Float32Array | Int32Array }[] = [];
  for (const who of ['student', 'teacher'] as const) {
    const model = session[who];
    const { ids, mask, Nq, Na } = makeTokenBatch(model.tokenizer, examples, set.bounds[who]);
    const patches = examplePatches(model, session.data, examples)!;
    const words = 3 * withPictures(model.config).config.vision.patchSize ** 2;
    tensors.push(
      { name: `${who}.ids`, shape: [batchSize, Nq + Na], data: ids },
      { name: `${who}.mask`, shape: [batchSize, Nq + Na], data: mask },
      { name: `${who}.patches`, shape: [patches.length / words, words], data: patches },
    );
  }
  for (const [name, { shape, data }] of initialRecalibrator(
    session.student.config,
    session.teacher.config,
    recipe,
  ))
    tensors.push({ name, shape, data });
  let offset = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    const entry = { name, shape, type: data instanceof Int32Array ? '<i4' : '<f4', offset };
    offset += data.byteLength;
    return entry;
  });
  const { student, teacher } = set.bounds;
  const meta = {
    student: path.basename(session.pair.student.folder),
    teacher: path.basename(session.pair.teacher.folder),
    batch: batchSize,
    questionLength: { student: student.Nq, teacher: teacher.Nq },
    depth: recipe.recalibrator.depth,
    norm: recipe.recalibrator.normBeforeProjection,
    loss: recipe.loss,
    optimiser: recipe.optimiser,
    learningRate,
    tensors: entries,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'inputs.json'), JSON.stringify(meta));
  writeFileSync(
    path.join(folder, 'inputs.bin'),
    Buffer.concat(tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  );
}
