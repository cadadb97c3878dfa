import { describe, expect, it, vi } from 'vitest';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loaded } from './loaded.ts';

/** On Dawn's null adapter: nothing is computed, every byte is allocated. */
const context = loaded('nano', 'null');

const speed = { operationsPerSecond: 1e9, secondsPerDispatch: 1e-5 };

describe('the forecast', () => {
  it('knows what the run’s buffers take, to the byte, and allocates nothing itself', async () => {
    const recipe = recipeSchema.parse({
      pair: 'nano',
      data: { examples: 64, labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    });
    const { gpu } = context.device;
    const createBuffer = gpu.createBuffer.bind(gpu);
    let created = 0;
    gpu.createBuffer = (descriptor) => {
      created++;
      return createBuffer(descriptor);
    };
    const rehearsal = new Rehearsal(context.session, recipe);
    const { gpuBytes } = rehearsal.forecast(speed);
    const progress: number[] = [];
    await rehearsal.compile((done) => progress.push(done) > 0);
    gpu.createBuffer = createBuffer;
    expect(created).toBe(0);
    expect([progress[0], progress.at(-1)]).toEqual([0, 1]);

    const compile = vi.spyOn(gpu, 'createComputePipelineAsync');

    const arms = armsOf(recipe);
    const exam = new Exam(context.session, recipe);
    const set = trainingSet(
      context.session,
      labelledExamples(context.session, recipe),
      arms,
      new Map(),
      exam.questions,
    );
    const students = new Students(context.session, set, recipe, arms);
    let peak = 0;
    for (const stage of ['align', 'distil', 'finetune'] as const) {
      await students.prepare(stage);
      // Answers need buffers of their own.
      for (const { key } of arms) await students.answerer(key).answer(exam.questions.slice(0, 4));
      peak = Math.max(peak, students.gpuBytes());
    }
    students.dispose();
    expect(gpuBytes).toBe(peak);
    expect(compile, 'kernels that the run had still to compile').not.toHaveBeenCalled();
  });

  it('grows with what is asked for', () => {
    const seconds = (change: object) =>
      new Rehearsal(context.session, recipeSchema.parse({ pair: 'nano', ...change })).forecast(speed).seconds;
    const base = seconds({ data: { examples: 512 } });
    expect(seconds({ data: { examples: 512, batchSize: 32 } })).toBeGreaterThan(1.5 * base);
    expect(seconds({ data: { examples: 512 }, arms: [] })).toBeLessThan(base);
    expect(seconds({ data: { examples: 512 }, stages: { distil: { steps: 1600 } } })).toBeGreaterThan(
      1.3 * base,
    );
  });
});
