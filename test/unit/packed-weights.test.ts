import { beforeAll, describe, expect, it } from 'vitest';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { fitted } from '../../src/engine/experiment/foreseen.ts';
import type { LoadedModel, TrainSession } from '../../src/engine/session.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { makeTokenBatch } from '../../src/engine/data/batch.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { promptBatch } from '../../src/engine/evaluate/prompts.ts';
import { ForcedLogits } from '../../src/engine/wgsl/forced.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import type { Frozen } from '../../src/engine/device/variant.ts';
import { WgslVlm } from '../../src/engine/wgsl/vlm.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import { WgslStepper } from '../../src/engine/train/wgsl/wgsl-stepper.ts';
import { loaded, smallData } from './loaded.ts';

/** Frozen weights and what is kept of them as packed f16, against f32. */
const context = loaded('nano');
let session: TrainSession;

/** Shipped checkpoints were stored as f16 and lose nothing; these weights do. */
function unrounded(model: LoadedModel): LoadedModel {
  const tensors = new Map(
    [...model.checkpoint.tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => value * (1 + 3e-4 * Math.sin(i * 12.9898))) },
    ]),
  );
  return { ...model, checkpoint: { ...model.checkpoint, tensors } };
}

beforeAll(() => {
  const { session: own } = context;
  session = { ...own, teacher: unrounded(own.teacher), student: unrounded(own.student) };
});

const recipe = (change: RecipeInput = {}) =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [],
    data: { ...smallData, examples: 64 },
    student: { visionEncoder: 'frozen' },
    stages: { align: { steps: 15 }, distil: { steps: 25 }, finetune: { steps: 10 } },
    evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
    logEverySteps: 5,
    ...change,
  });

describe('packed f16', () => {
  it('gives the teacher’s logits to 2e-3 of the largest in half the memory', async () => {
    const { teacher, data, device } = session;
    const own = recipe();
    const examples = labelledExamples(session, own).slice(0, 4);
    const { teacher: bounds } = trainingSet(session, examples, armsOf(own)).bounds;
    const logits = async (kind: Frozen) => {
      const memory = new Memory(device.gpu);
      const weights = new Parameters(memory, teacher.checkpoint.tensors, kind);
      const { bytes } = memory;
      const forced = new ForcedLogits(memory, device.report.variant, new WgslVlm(teacher.config, weights), {
        batch: examples.length,
        ...bounds,
      });
      await forced.compile();
      const tokens = makeTokenBatch(teacher.tokenizer, examples, bounds);
      const rows = await forced.rows(promptBatch(tokens, examplePatches(teacher, data, examples), 'answer'));
      memory.dispose();
      return { rows, bytes };
    };
    const [exact, packed] = [await logits('f32'), await logits('f16')];
    let [worst, largest] = [0, 0];
    exact.rows.forEach((row, i) =>
      row.forEach((value, v) => {
        worst = Math.max(worst, Math.abs(value - packed.rows[i]![v]!));
        largest = Math.max(largest, Math.abs(value));
      }),
    );
    expect(worst / largest).toBeLessThan(2e-3);
    expect(worst).toBeGreaterThan(0);
    expect(packed.bytes / exact.bytes).toBeLessThan(0.52);
  });

  it('follows the loss curve of f32, on average to 1e-3 over 50 steps', async () => {
    const totals = async (frozen: Frozen) => {
      const trainer = new Trainer({ ...session, frozen }, recipe());
      const found: number[] = [];
      for await (const event of trainer.run())
        if (event.type === 'metrics') found.push(...event.steps.map(({ losses }) => losses.total));
      trainer.dispose();
      return found;
    };
    const [exact, packed] = [await totals('f32'), await totals('f16')];
    expect(packed).toHaveLength(50);
    // What is rounded once moves every later update a little: by step 40 single losses are 1.3e-3 apart.
    const apart = packed.map((value, i) => Math.abs(value - exact[i]!) / exact[i]!);
    expect(apart.reduce((sum, one) => sum + one, 0) / apart.length).toBeLessThan(1e-3);
    expect(Math.max(...apart)).toBeLessThan(5e-3);
    expect(packed).not.toEqual(exact);
  });

  it('makes no difference between features that are new and that are known, and halves what is kept', async () => {
    const own = recipe();
    const set = trainingSet(session, labelledExamples(session, own), armsOf(own));
    const run = async (frozen: Frozen) => {
      const shared = new SharedRun({ ...session, frozen }, set, own);
      const stepper = new WgslStepper(shared, [{ recipe: own, seed: 0 }]);
      const examples = [Array.from({ length: own.data.batchSize }, (_, i) => i)];
      const losses: unknown[] = [];
      for (const stage of ['align', 'distil'] as const) {
        await stepper.prepare(stage);
        for (const count of [1, 2]) stepper.update({ stage, examples, learningRate: () => 0, count });
        const [numbers] = await stepper.numbers();
        losses.push(numbers!.map((step) => step!.losses));
      }
      const bytes = shared.memory.bytes;
      stepper.dispose();
      shared.dispose();
      return { losses: losses as [unknown, unknown][], bytes };
    };
    const [exact, packed] = [await run('f32'), await run('f16')];
    for (const [first, second] of packed.losses) expect(second).toEqual(first);
    expect(packed.bytes).toBeLessThan(exact.bytes);
  });

  it('is chosen where a run has no room otherwise', () => {
    const tight = { ...context.session, memoryBudget: 2 ** 20 };
    expect(fitted(context.session, recipe()).frozen).toBe('f32');
    expect(fitted(tight, recipe()).frozen).toBe('f16');
    // A kernel reads a weight whole, however large buffers may be.
    const { device } = context.session;
    const limits = { maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 16 };
    const gpu = new Proxy(device.gpu, {
      get: (target, key) => (key === 'limits' ? limits : (Reflect.get(target, key, target) as unknown)),
    });
    const narrow = { ...context.session, device: Object.create(device, { gpu: { value: gpu } }) as never };
    expect(fitted(narrow, recipe()).frozen).toBe('f16');
    // What is known of a session is known of the one that was fitted before.
    expect(fitted(tight, recipe())).toBe(fitted(tight, recipe({ seeds: 2 })));
  });
});
