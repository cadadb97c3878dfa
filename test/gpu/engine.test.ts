import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSource } from '../../src/engine/models/checkpoints/source.ts';
import { openDevice, type EngineDevice } from '../../src/engine/device/open-device.ts';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { openSession, type TrainSession } from '../../src/engine/session.ts';

/** The engine in real Chromium on its WebGPU, with the shipped nano pair fetched over HTTP. */
let device: EngineDevice;
let session: TrainSession;

beforeAll(async () => {
  device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  session = await openSession({ source: httpSource(new URL('/', location.href)), device }, 'nano');
});
afterAll(() => device.dispose());

describe('in Chromium', () => {
  it('has a WebGPU device of its own', () => {
    expect(tf.getBackend()).toBe('webgpu');
    expect(device.report.adapter).not.toBe('');
  });

  it('lowers the losses through all three stages, and repeats bit for bit', async () => {
    const recipe = recipeSchema.parse({
      pair: 'nano',
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
      data: { tasks: ['name', 'kind'], examples: 16, batchSize: 4 },
      stages: {
        align: { steps: 12 },
        distil: { steps: 12, learningRate: 2e-3 },
        finetune: { steps: 6, learningRate: 1e-3 },
      },
      evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
      logEverySteps: 4,
    });
    const run = async (until: number) => {
      const trainer = new Trainer(session, recipe);
      const steps: StepMetrics[] = [];
      for await (const event of trainer.run()) {
        if (event.type === 'metrics') steps.push(...event.steps.filter(({ arm }) => arm === 'main'));
        if (event.type === 'step' && event.step === until) break;
      }
      trainer.dispose();
      return steps;
    };
    const tensors = tf.memory().numTensors;
    const steps = await run(30);
    expect(steps).toHaveLength(30);
    for (const step of steps) expect(Number.isFinite(step.losses.total)).toBe(true);
    const mean = (from: number, to: number, read: (step: StepMetrics) => number) =>
      steps.slice(from, to).reduce((sum, step) => sum + read(step), 0) / (to - from);
    expect(mean(9, 12, (s) => s.losses.mainKl!)).toBeLessThan(0.8 * mean(0, 3, (s) => s.losses.mainKl!));
    expect(mean(9, 12, (s) => s.losses.regKl!)).toBeLessThan(0.8 * mean(0, 3, (s) => s.losses.regKl!));
    expect(mean(27, 30, (s) => s.losses.sft!)).toBeLessThan(0.8 * mean(12, 15, (s) => s.losses.sft!));
    expect(await run(8)).toEqual(steps.slice(0, 8));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('gets numbers from the default pair’s first update', async () => {
    const recipe = recipeSchema.parse({ data: { examples: 8, batchSize: 4, labelled: 0 }, arms: [] });
    const mini = await openSession({ source: httpSource(new URL('/', location.href)), device }, recipe.pair);
    const arms = armsOf(recipe);
    const set = trainingSet(mini, labelledExamples(mini, recipe), arms);
    const students = new Students(mini, set, recipe, arms);
    await students.prepare('distil');
    for (let count = 1; count <= 2; count++)
      students.update({ stage: 'distil', examples: [[0, 1, 2, 3]], learningRate: () => 1e-3, count });
    const [own] = await students.numbers();
    students.dispose();
    for (const update of own!.numbers)
      for (const value of [...Object.values(update!.losses), update!.gradientNorm])
        expect(value).toSatisfy(Number.isFinite);
  });
});
