import { describe, expect, it, vi } from 'vitest';
import {
  labelledExamples,
  trainingSet,
  unanswered,
  type TrainingSet,
} from '../../src/engine/train/training-set.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { studentsAtOnce } from '../../src/engine/train/wgsl/at-once.ts';
import { lists, type Member } from '../../src/engine/train/wgsl/lists.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import { WgslStepper } from '../../src/engine/train/wgsl/wgsl-stepper.ts';
import { WgslAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { stageKeys } from '../../src/engine/method/stages.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loaded, smallData } from './loaded.ts';

/** Many students in one list of dispatches: nobody may see that there are others. */
const context = loaded('nano');

const arm = (key: string, change: Record<string, string | number>) => ({ key, label: key, change });
const alone = arm('labels-alone', { objective: 'sft', 'data.unlabelled': 'ignored' });
const sft = arm('sft', { objective: 'sft' });
/** Arms that differ from the recipe in numbers of the optimiser alone. */
const rated = [
  arm('fast', { 'stages.distil.learningRate': 4e-3, 'stages.finetune.learningRate': 2e-3 }),
  arm('decayed', { 'optimiser.weightDecay': 0.3, 'optimiser.clipNorm': 0.05 }),
  arm('unclipped', { 'optimiser.clipNorm': 0, 'stages.align.learningRate': 1e-2 }),
];

function batchOf({ data }: Recipe, { size }: TrainingSet, seed: number, step: number): number[] {
  return Array.from({ length: data.batchSize }, (_, b) => (6 + 7 * seed + 3 * step + b) % size);
}

/** The students of a recipe, and what they share. */
function studentsOf(input: RecipeInput) {
  const { session } = context;
  const recipe = recipeSchema.parse({
    pair: 'nano',
    data: { ...smallData, examples: 24, labelled: 8 },
    ...input,
  });
  const arms = armsOf(recipe);
  const examples = labelledExamples(session, recipe);
  // Answers to other questions stand in for the teacher's.
  const answers = unanswered(session.data, examples, arms).map(
    (example, i, all) => [session.data.promptKey(example), all[(i + 1) % all.length]!.answer] as const,
  );
  const seeds = Array.from({ length: recipe.seeds }, (_, seed) => seed);
  return {
    recipe,
    set: trainingSet(session, examples, arms, new Map(answers), examples.slice(0, 7)),
    students: arms.flatMap((own) => seeds.map((seed) => ({ arm: own, recipe: own.recipe, seed }))),
  };
}

/**
 * Losses of a few updates of every stage, the second of new batches and of known ones, what the weights are afterwards, and what the students say.
 * @param shares that of the questions each is asked: from one on.
 */
async function train(
  { recipe, set }: ReturnType<typeof studentsOf>,
  members: readonly Member[],
  shares: readonly number[],
) {
  const shared = new SharedRun(context.session, set, recipe);
  const stepper = new WgslStepper(shared, members);
  for (const stage of stageKeys) {
    await stepper.prepare(stage);
    [0, 1, 1].forEach((step, i) => {
      const examples = Array.from({ length: recipe.seeds }, (_, seed) => batchOf(recipe, set, seed, step));
      stepper.update({
        stage,
        examples,
        learningRate: ({ stages }) => stages[stage].learningRate,
        count: i + 1,
      });
    });
  }
  const numbers = await stepper.numbers();
  const states = await Promise.all(stepper.students.map((student) => student.state()));
  const answers = await Promise.all(
    stepper.students.map((student, i) => student.answer(set.asked.slice(shares[i]))),
  );
  const likelihoods = await Promise.all(
    stepper.students.map((student, i) => student.likelihoods(set.asked.slice(shares[i]))),
  );
  stepper.dispose();
  shared.dispose();
  return numbers.map((own, i) => ({
    numbers: own,
    state: states[i]!,
    answers: answers[i]!,
    likelihoods: likelihoods[i]!,
  }));
}

describe('students in one list', () => {
  it.each<[string, RecipeInput, string[][]]>([
    [
      'arms and seeds',
      { seeds: 2, arms: [alone, sft] },
      [
        ['main 0', 'main 1'],
        ['labels-alone 0', 'labels-alone 1', 'sft 0', 'sft 1'],
      ],
    ],
    [
      'seeds that train their vision encoders',
      { seeds: 3, arms: [], student: { visionEncoder: 'trained' } },
      [['main 0', 'main 1', 'main 2']],
    ],
    [
      'learning rates, decay and clipping, with seeds',
      { seeds: 2, arms: rated },
      [['main', 'fast', 'decayed', 'unclipped'].flatMap((key) => [`${key} 0`, `${key} 1`])],
    ],
    [
      'seeds with adapters, beside one that trains all weights',
      { seeds: 2, arms: [arm('whole', { objective: 'sft' }), arm('lora', { 'student.lora.rank': 4 })] },
      [
        ['main 0', 'main 1'],
        ['whole 0', 'whole 1'],
        ['lora 0', 'lora 1'],
      ],
    ],
  ])('take the steps that each takes alone, bit for bit: %s', async (_, input, expected) => {
    const run = studentsOf(input);
    const together = lists(run.students);
    expect(together.map((list) => list.map((own) => `${own.arm.key} ${own.seed}`))).toEqual(expected);
    const rounds = vi.spyOn(WgslAnswerer.prototype, 'answerEach');
    for (const list of together) {
      // Some are asked less than others, and one nothing.
      const shares = list.map((_, i) => [0, 5, 7][i % 3]!);
      const found = await train(run, list, shares);
      expect(rounds).toHaveBeenCalledTimes(1);
      for (const [i, member] of list.entries()) {
        const [own] = await train(run, [member], [shares[i]!]);
        expect(found[i], `${member.arm.key} ${member.seed}`).toEqual(own);
      }
      const totals = found.map(({ numbers }) => numbers.at(-1)!.losses.total);
      expect(new Set(totals).size).toBe(list.length);
      rounds.mockClear();
    }
    rounds.mockRestore();
  });

  it('take turns where memory has no room for all, and take the same steps', async () => {
    const { recipe, set, students } = studentsOf({
      seeds: 3,
      arms: [],
      student: { visionEncoder: 'trained' },
    });
    const { session } = context;
    const atOnce = (memoryBudget: number) =>
      studentsAtOnce({ ...session, memoryBudget }, set, recipe, students);
    expect(atOnce(session.memoryBudget)).toBe(3);
    let tight = 2 ** 27;
    while (atOnce(tight) > 2) tight *= 0.97;
    expect([atOnce(tight), atOnce(1)]).toEqual([2, 1]);
    const run = async (memoryBudget: number) => {
      const own = new Students({ ...session, memoryBudget }, set, recipe, armsOf(recipe));
      const found: unknown[] = [];
      let bytes = 0;
      for (const stage of ['distil', 'finetune'] as const) {
        await own.prepare(stage);
        for (const step of [1, 2]) {
          const examples = [0, 1, 2].map((seed) => batchOf(recipe, set, seed, step));
          own.update({ stage, examples, learningRate: () => 1e-3, count: step });
        }
        found.push(await own.heads('main'));
        bytes = Math.max(bytes, own.gpuBytes());
      }
      found.push(await own.numbers());
      found.push(
        await Promise.all(own.ofArm('main').map(({ student }) => student.answer(set.asked.slice(0, 3)))),
        await Promise.all(own.ofArm('main').map(({ student }) => student.likelihoods(set.asked))),
      );
      own.dispose();
      return { found, bytes };
    };
    const all = await run(session.memoryBudget);
    const [two, one] = [await run(tight), await run(1)];
    expect(two.found).toEqual(all.found);
    expect(one.found).toEqual(all.found);
    expect(two.bytes).toBeLessThan(all.bytes);
    expect(one.bytes).toBeLessThan(two.bytes);
  });

  it('are those that record the same kernels, and stay so when live fields change', () => {
    const names = (input: RecipeInput) =>
      lists(studentsOf(input).students).map((list) => list.map((own) => `${own.arm.key} ${own.seed}`));
    expect(
      names({
        seeds: 2,
        arms: [
          arm('deep', { 'recalibrator.depth': 1 }),
          arm('uld', { objective: 'uld' }),
          sft,
          arm('seq-kd', { objective: 'seq-kd' }),
          // The same number as the others', which this arm keeps.
          arm('kept', { objective: 'sft', 'data.unlabelled': 'ignored', 'loss.sft': 1 }),
          // A rate is each student's own number; β is a constant of the kernels.
          arm('sft-fast', { objective: 'sft', 'stages.distil.learningRate': 1e-2 }),
          arm('sft-beta', { objective: 'sft', 'optimiser.beta1': 0.8 }),
          arm('rate', { 'stages.align.finalLearningRate': 1e-5 }),
        ],
      }),
    ).toEqual([
      ['main 0', 'main 1', 'rate 0', 'rate 1'],
      ['deep 0', 'deep 1'],
      // Each goes over the bridge.
      ['uld 0'],
      ['uld 1'],
      ['sft 0', 'sft 1', 'seq-kd 0', 'seq-kd 1', 'sft-fast 0', 'sft-fast 1'],
      ['kept 0', 'kept 1'],
      ['sft-beta 0', 'sft-beta 1'],
    ]);
  });
});
