import { describe, expect, it } from 'vitest';
import { counting, type Counts } from '../../bench/count.ts';
import { WgslStepper } from '../../src/engine/train/wgsl/wgsl-stepper.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { defaultRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loaded } from './loaded.ts';

/** What one step of each stage of the default recipe asks of the device, counted exactly on Dawn's null adapter. */
const budget = {
  align: { fresh: 235, known: 100 },
  distil: { fresh: 225, known: 120 },
  finetune: { fresh: 105, known: 70 },
} as const;

const context = loaded(defaultRecipe.pair, 'null');

/** Counts calls on the device while `work` runs. */
function count(work: () => void): Counts {
  const counter = counting(context.device.gpu);
  work();
  return counter.stop();
}

describe('the budget of a step', () => {
  it('holds in every stage, for new and for known examples', async () => {
    const recipe = recipeSchema.parse({ data: { labelled: 0 }, arms: [] });
    const arms = armsOf(recipe);
    const set = trainingSet(context.session, labelledExamples(context.session, recipe), arms);
    const { bounds } = set;
    const shared = new SharedRun(context.session, set, recipe);
    const stepper = new WgslStepper(shared, [{ recipe: arms[0]!.recipe, seed: 0 }]);
    const indices = Array.from({ length: recipe.data.batchSize }, (_, i) => i);
    const ids =
      4 *
      recipe.data.batchSize *
      (bounds.student.Nq + 2 * bounds.student.Na + bounds.teacher.Nq + 2 * bounds.teacher.Na);
    for (const stage of ['align', 'distil', 'finetune'] as const) {
      await stepper.prepare(stage);
      let updates = 1;
      const step = () =>
        count(() =>
          stepper.update({ stage, examples: [indices], learningRate: () => 1e-3, count: ++updates }),
        );
      const [fresh, known] = [step(), step()];
      expect(fresh.dispatches, `${stage}, new examples`).toBeLessThanOrEqual(budget[stage].fresh);
      expect(known.dispatches, `${stage}, known examples`).toBeLessThanOrEqual(budget[stage].known);
      expect(known).toMatchObject({ passes: 1, submits: 1, copies: 0 });
      expect(known.uploadedBytes - ids, `${stage}, beyond the ids`).toBeLessThanOrEqual(4096);
      // The second time round no teacher forward runs.
      if (stage !== 'finetune') expect(stepper.teacherPasses).toBe(1);
    }
    stepper.dispose();
    shared.dispose();
  });

  it('leaves GPU memory and live tensors at step 1,000 as they were at step 10, with a control arm', async () => {
    const recipe = recipeSchema.parse({
      data: { examples: 256 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    });
    const arms = armsOf(recipe);
    const set = trainingSet(context.session, labelledExamples(context.session, recipe), arms);
    const students = new Students(context.session, set, recipe, arms);
    await students.prepare('distil');
    let created = 0;
    const { gpu } = context.device;
    const createBuffer = gpu.createBuffer.bind(gpu);
    const memory = () => ({
      created,
      gpuBytes: students.gpuBytes() + context.device.gpuBytes(),
      tensors: context.device.tensors(),
    });
    let early: ReturnType<typeof memory> | undefined;
    gpu.createBuffer = (descriptor) => {
      created++;
      return createBuffer(descriptor);
    };
    for (let step = 1; step <= 1000; step++) {
      const examples = Array.from({ length: recipe.data.batchSize }, (_, b) => (step * 16 + b) % 256);
      students.update({ stage: 'distil', examples: [examples], learningRate: () => 1e-3, count: step });
      // Numbers come back through one staging buffer of a few hundred bytes, destroyed after the read.
      if (step % 50 === 0) await students.numbers();
      if (step === 10) early = memory();
    }
    const late = memory();
    gpu.createBuffer = createBuffer;
    expect({ ...late, created: 0 }).toEqual({ ...early!, created: 0 });
    expect(late.created - early!.created).toBe(arms.length * 20);
    students.dispose();
  });
});
