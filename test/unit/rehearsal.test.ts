import { describe, expect, it, vi } from 'vitest';
import { fitted, foreseenRun } from '../../src/engine/experiment/foreseen.ts';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { armsOf, type Arm } from '../../src/engine/recipe/arms.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import { stageSpans } from '../../src/engine/method/stages.ts';
import { studentsAtOnce } from '../../src/engine/train/wgsl/at-once.ts';
import { ForcedAnswers } from '../../src/engine/wgsl/forced.ts';
import { weigh } from '../../src/worker/own/weigh.ts';
import { loaded } from './loaded.ts';

/** On Dawn's null adapter: nothing is computed, every byte is allocated. */
const context = loaded('nano', 'null');

const { negativeLogLikelihoods } = ForcedAnswers.prototype;

const isGenRecal = ({ recipe }: Arm) => recipe.objective === 'genrecal';

const speed = { operationsPerSecond: 1e9, secondsPerDispatch: 1e-5 };

const twoRecalibrators = {
  key: 'embeddings',
  label: 'GenRecal, embeddings',
  change: { 'recalibrator.answerFeatures': 'teacher-embedding' as const },
};

describe('the forecast', () => {
  it.each<[string, Partial<RecipeInput>, number, string[]]>([
    ['two students', { seeds: 1 }, Infinity, []],
    [
      'two students who are asked while the largest stage is there',
      { seeds: 1, stages: { finetune: { steps: 0 } } },
      Infinity,
      [],
    ],
    ['two students, with LoRA', { seeds: 1, student: { lora: { rank: 8 } } }, Infinity, []],
    ['two students who are both probed', { seeds: 1, arms: [twoRecalibrators] }, Infinity, []],
    ['six students, as many at once as can be', { seeds: 3 }, Infinity, ['6 students']],
    [
      'six students that take turns',
      { seeds: 3 },
      1,
      ['frozen weights in f16', '6 students, 1 of a kind at once'],
    ],
    [
      'six students that take turns, with LoRA',
      { seeds: 3, student: { lora: { rank: 8 } } },
      1,
      ['frozen weights in f16', '6 students, 1 of a kind at once'],
    ],
  ])(
    'knows what buffers take, to the byte, and allocates nothing: %s',
    async (_, change, memoryBudget, told) => {
      const recipe = recipeSchema.parse({
        pair: 'nano',
        data: { examples: 64, labelled: 0 },
        arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
        ...change,
      });
      const session = fitted({ ...context.session, memoryBudget }, recipe);
      const { gpu } = context.device;
      const createBuffer = gpu.createBuffer.bind(gpu);
      let created = 0;
      gpu.createBuffer = (descriptor) => {
        created++;
        return createBuffer(descriptor);
      };
      const rehearsal = new Rehearsal(session, recipe);
      const forecast = rehearsal.forecast(speed);
      const { gpuBytes, notes } = forecast;
      expect(notes).toEqual(told);
      expect(forecast).toMatchObject(
        memoryBudget === Infinity ? { fits: true, frozen: 'f32' } : { fits: false, frozen: 'f16' },
      );
      const progress: number[] = [];
      await rehearsal.compile((done) => progress.push(done) > 0);
      gpu.createBuffer = createBuffer;
      expect(created).toBe(0);
      expect([progress[0], progress.at(-1)]).toEqual([0, 1]);

      const compile = vi.spyOn(gpu, 'createComputePipelineAsync');

      const arms = armsOf(recipe);
      const exam = new Exam(session, recipe);
      const set = trainingSet(session, labelledExamples(session, recipe), arms, new Map(), exam.questions);
      const students = new Students(session, set, recipe, arms);
      let peak = 0;
      let parts = students.gpuParts();
      const measure = () => {
        const now = students.gpuParts();
        const bytes = Object.values(now).reduce((a, b) => a + b, 0);
        expect(students.gpuBytes()).toBe(bytes);
        if (bytes > peak) parts = now;
        peak = Math.max(peak, bytes);
      };
      for (const { key: stage } of stageSpans(recipe)) {
        await students.prepare(stage);
        let probes = 0;
        for await (const { arm } of students.probes()) if (arms.some(({ key }) => key === arm)) probes++;
        expect(probes).toBe(stage === 'finetune' ? 0 : arms.filter(isGenRecal).length);
        // Answers need buffers of their own.
        for (const { key } of arms)
          await Promise.all(
            students.ofArm(key).map(({ student }) => student.answer(exam.questions.slice(0, 4))),
          );
        measure();
      }
      expect(compile, 'kernels that the run had still to compile').not.toHaveBeenCalled();
      compile.mockRestore();
      // As the exam does at the end: all are asked before the first is waited for.
      const forced = vi.spyOn(ForcedAnswers.prototype, 'negativeLogLikelihoods');
      forced.mockImplementation((...args) => {
        measure();
        return negativeLogLikelihoods.apply(forced.mock.contexts.at(-1)!, args);
      });
      await Promise.all(
        arms.flatMap(({ key }) =>
          students.ofArm(key).map(({ student }) => student.likelihoods(exam.questions.slice(0, 4))),
        ),
      );
      expect(forced).toHaveBeenCalled();
      forced.mockRestore();
      students.dispose();
      expect(gpuBytes).toBe(peak);
      expect(rehearsal.parts).toEqual(parts);
      // Of adapters there are fewer numbers than of the student, which then stays as it is.
      const { trained, frozen, optimiser } = parts;
      expect(optimiser / trained).toBeCloseTo(3, 1);
      if (recipe.student.lora === undefined) expect(trained).toBeGreaterThan(frozen);
      else expect(trained / (arms.length * recipe.seeds)).toBeLessThan(0.6 * 4 * 327_616);
    },
  );

  it.each<[string, Partial<RecipeInput>]>([
    ['features of a frozen encoder', { student: { visionEncoder: 'frozen' } }],
    ['features of the whole student', { stages: { distil: { steps: 0 }, finetune: { steps: 0 } } }],
    ['LoRA', { student: { lora: { rank: 8 } } }],
    ['students of two arms, each with a probe', { arms: [twoRecalibrators] }],
    ['a probe to the end', { stages: { finetune: { steps: 0 } } }],
  ])('has students take turns where all at once are one byte too many, and not before: %s', (_, change) => {
    const recipe = recipeSchema.parse({
      pair: 'nano',
      data: { examples: 4096, labelled: 0 },
      arms: [],
      seeds: 3,
      ...change,
    });
    const { set, students } = foreseenRun(context.session, recipe);
    const atOnce = (memoryBudget: number) =>
      studentsAtOnce({ ...context.session, memoryBudget }, set, recipe, students);
    const { gpuBytes } = new Rehearsal({ ...context.session, memoryBudget: Infinity }, recipe);
    expect(atOnce(gpuBytes)).toBe(3);
    expect(atOnce(gpuBytes - 1)).toBeLessThan(3);
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

  it('puts frozen weights into several buffers where none is so large, and says what does not fit', () => {
    const { gpu } = context.device;
    const small = new Proxy(gpu, {
      get: (device, key) =>
        key === 'limits'
          ? { maxBufferSize: 1_200_000, maxStorageBufferBindingSize: 1_000_000 }
          : (Reflect.get(device, key) as unknown),
    });
    const session = { ...context.session, device: { ...context.device, gpu: small } };
    const recipe = recipeSchema.parse({
      pair: 'nano',
      arms: [],
      data: { examples: 64, batchSize: 2, labelled: 0 },
      recalibrator: { depth: 8 },
    });
    const weight = weigh(session, recipe);
    // All that is trained lies in one buffer.
    expect(weight.fits).toBe(false);
    expect(weight.largest.buffer).toBeGreaterThan(1_200_000);
    expect(weight.switches.map(({ change }) => change)).toContain(
      'LoRA in place of the student’s own weights',
    );

    const arms = armsOf(recipe);
    const set = trainingSet(session, labelledExamples(session, recipe), arms, new Map(), []);
    expect(() => new Students(session, set, recipe, arms)).toThrow(
      expect.objectContaining({
        code: 'out-of-memory',
        message: expect.stringMatching(
          /^One buffer for trained weights would take \d+ MiB; this graphics card gives 1 MiB at a time\.$/,
        ) as string,
      }),
    );

    const memory = new Memory(small);
    const { tensors } = session.teacher.checkpoint;
    const parameters = new Parameters(memory, tensors, 'f32');
    const buffers = new Set([...tensors.keys()].map((name) => parameters.get(name).weight.buffer));
    expect(buffers.size).toBeGreaterThan(2);
    expect(memory.ledger.largestBuffer).toBeLessThanOrEqual(1_200_000);
    expect(() => memory.allocate(1_000_000, 'moments')).toThrow(
      'One buffer for moments would take 4 MiB; this graphics card gives 1 MiB at a time.',
    );
    memory.dispose();
    expect([...memory.ledger.bytes.values()].every((bytes) => bytes === 0)).toBe(true);
  });
});
