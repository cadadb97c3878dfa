import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foreseenRun, fitted } from '../../src/engine/experiment/foreseen.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { ask } from '../../src/engine/inspect/ask.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { nobody } from '../../src/engine/run/standing.ts';
import { untaught } from '../../src/engine/train/asking.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { loaded } from './loaded.ts';

/** On Dawn's null adapter: nothing is computed, every buffer is there. */
const context = loaded('nano', 'null');

const refused = 'no room for this buffer';
/** Buffers with a label are a run's or a look's; tfjs keeps its own for others. */
const alive = new Map<GPUBuffer, { label: string; size: number }>();
/** How many more buffers the device gives. */
let left = Infinity;
let restore: () => void;

beforeEach(() => {
  const { gpu } = context.device;
  const createBuffer = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    if (left-- <= 0) throw new Error(refused);
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      destroy();
    };
    alive.set(buffer, { label: descriptor.label ?? '', size: descriptor.size });
    return buffer;
  };
  restore = () => (gpu.createBuffer = createBuffer);
});

afterEach(() => {
  restore();
  alive.clear();
  left = Infinity;
});

const recipeOf = (change: Partial<RecipeInput> = {}) =>
  recipeSchema.parse({
    pair: 'nano',
    data: { examples: 16, batchSize: 4, labelled: 0 },
    arms: [
      { key: 'sft', label: 'SFT', change: { objective: 'sft' } },
      { key: 'lora', label: 'LoRA', change: { 'student.lora.rank': 4 } },
    ],
    seeds: 2,
    evaluation: { liveQuestions: 8, finalQuestions: 8 },
    ...change,
  });

/** Refuses the first buffer, then another `step` later, until nothing is refused any more. → how many it took */
async function refuseEach(make: () => unknown, step = 1): Promise<number> {
  for (let given = 0; ; given += step) {
    left = given;
    let failed = false;
    try {
      await make();
    } catch (error) {
      expect(error).toMatchObject({ message: refused });
      failed = true;
    }
    expect([...alive.values()], `after ${given} buffers`).toEqual([]);
    if (!failed) return given;
  }
}

describe('a buffer that is refused', () => {
  it('leaves nothing of what a run shares, whichever it is', async () => {
    const { session } = context;
    const recipe = recipeOf();
    const { set } = foreseenRun(session, recipe);
    const buffers = await refuseEach(() => {
      const memory = new Memory(session.device.gpu);
      try {
        new SharedRun(session, set, recipe, {}, memory).dispose();
      } finally {
        expect(memory.bytes).toBe(0);
        expect([...memory.ledger.bytes.values()].every((bytes) => bytes === 0)).toBe(true);
      }
    });
    expect(buffers).toBeGreaterThan(5);
  });

  it.each([
    ['at once', Infinity, {}],
    ['in turn', 1, { arms: [] }],
  ])('leaves nothing of students who are made, recorded and asked: %s', async (_, memoryBudget, change) => {
    const recipe = recipeOf(change);
    const session = { ...context.session, memoryBudget };
    const { set, arms, exam } = foreseenRun(session, recipe);
    const made = await refuseEach(() => new Students(session, set, recipe, arms).dispose(), 3);
    expect(made).toBeGreaterThan(15);
    const used = await refuseEach(async () => {
      // Nobody refuses them; only then somebody does.
      const given = left;
      left = Infinity;
      const students = new Students(session, set, recipe, arms);
      left = given;
      try {
        await students.prepare('distil');
        await students.ofArm('main')[0]!.student.answer(exam.questions.slice(0, 1));
        await students.ofArm('main')[0]!.student.likelihoods(exam.questions.slice(0, 1));
      } finally {
        students.dispose();
      }
    }, 19);
    expect(used).toBeGreaterThan(30);
  });

  it('leaves nothing of the models that are asked before a run', async () => {
    const { session } = context;
    const recipe = recipeOf({ arms: [], seeds: 1 });
    const { exam, open } = foreseenRun(session, recipe);
    const asked = exam.questions;
    const buffers = await refuseEach(() => {
      const { teacher, student } = untaught(session, recipe, { examples: asked, open, asked });
      teacher.dispose();
      student.dispose();
    });
    expect(buffers).toBeGreaterThan(20);
  });
});

describe('a look', () => {
  it('keeps weights as a run of the session does', async () => {
    const recipe = recipeOf();
    const { question, picture } = context.session.data.evaluation({
      split: recipe.evaluation.split,
      tasks: recipe.data.tasks,
      count: 1,
    })[0]!;
    const pixels = new Uint8ClampedArray(4 * context.session.data.pictures!.size ** 2);
    expect(picture).toBeDefined();
    const weights = async (memoryBudget: number) => {
      const session = { ...context.session, memoryBudget };
      const most = new Map<string, number>();
      await ask(session, recipe, { question, picture: { pixels } }, nobody, ({ who }) => {
        const own = [...alive.values()].filter(({ label }) => label === 'weights');
        most.set(
          who,
          own.reduce((sum, { size }) => sum + size, 0),
        );
      });
      return { frozen: fitted(session, recipe).frozen, most };
    };
    const [roomy, tight] = [await weights(context.session.memoryBudget), await weights(1)];
    expect([roomy.frozen, tight.frozen]).toEqual(['f32', 'f16']);
    for (const who of ['teacher', 'before'])
      expect(tight.most.get(who)! / roomy.most.get(who)!).toBeLessThan(0.52);
  });
});
