import { describe, expect, it } from 'vitest';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { attentionShare } from '../../src/engine/wgsl/ops/attention-share.ts';
import { rotaryTables } from '../../src/engine/wgsl/ops/rotary.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import { Tape } from '../../src/engine/wgsl/core/tape.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loaded } from './loaded.ts';

const context = loaded('nano');

describe('the probes', () => {
  const recipe = recipeSchema.parse({
    pair: 'nano',
    data: { examples: 32, batchSize: 8 },
    arms: [{ key: 'sft', label: 'SFT', change: { objective: 'sft' } }],
    evaluation: { liveQuestions: 8, finalQuestions: 8 },
  });

  it('measure L_main of held-out questions as the reference engine does, and what changes without z_qs', async () => {
    const arms = armsOf(recipe);
    const asked = new Exam(context.session, recipe).questions;
    const examples = labelledExamples(context.session, recipe);
    const set = trainingSet(context.session, examples, arms, new Map(), asked);
    const students = new Students(context.session, set, recipe, arms);
    await students.prepare('distil');
    const found = [];
    for await (const probe of students.probes()) found.push(probe);
    students.dispose();
    expect(found.map(({ arm }) => arm)).toEqual(['main']);
    const { numbers } = found[0]!;

    // The same questions as a training set of the reference engine; the losses are those before its first update.
    const only = [arms[0]!];
    const reference = new Students(
      context.session,
      { ...trainingSet(context.session, asked, only), bounds: set.bounds },
      recipe,
      only,
      'tfjs',
    );
    reference.update({
      stage: 'distil',
      examples: [[0, 1, 2, 3, 4, 5, 6, 7]],
      learningRate: () => 0,
      count: 1,
    });
    const [own] = await reference.numbers();
    reference.dispose();
    const { losses } = own!.numbers[0]!;
    expect(numbers.mainKl / losses.mainKl!).toBeCloseTo(1, 3);
    expect(numbers.mainCe / losses.mainCe!).toBeCloseTo(1, 3);
    for (const other of ['mainKlZeroed', 'mainKlShuffled', 'mainCeZeroed', 'mainCeShuffled'] as const) {
      expect(Number.isFinite(numbers[other])).toBe(true);
      expect(numbers[other]).not.toBe(other.startsWith('mainKl') ? numbers.mainKl : numbers.mainCe);
    }
    expect(numbers.questionGradient).toBeGreaterThan(0);
    expect(numbers.questionAttention).toBeGreaterThan(0);
    expect(numbers.questionAttention).toBeLessThan(1);
  });

  it('the heads of a step: what L_main compared, before the update changed the weights', async () => {
    // One example a batch: the losses are of its answer's tokens alone.
    const single = recipeSchema.parse({ pair: 'nano', data: { examples: 32, batchSize: 1 }, arms: [] });
    const arms = armsOf(single);
    const set = trainingSet(context.session, labelledExamples(context.session, single), arms);
    const students = new Students(context.session, set, single, arms);
    await students.prepare('distil');
    students.update({ stage: 'distil', examples: [[3]], learningRate: () => 1e-2, count: 1 });
    const bytes = students.gpuBytes();
    const heads = (await students.heads('main'))!;
    expect(students.gpuBytes()).toBe(bytes);
    const [own] = await students.numbers();
    const { losses } = own!.numbers[0]!;
    const { tokenizer } = context.session.teacher;
    const labels = tokenizer.encodeAnswer(set.forArm(arms[0]!.recipe).examples[3]!.answer);
    const logSoftmax = (row: Float32Array) => {
      const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
      return row.map((logit) => logit - sum);
    };
    const mean = (of: (p: Float32Array, r: Float32Array, label: number) => number) =>
      labels.reduce(
        (sum, label, j) => sum + of(logSoftmax(heads.teacher[j]!), logSoftmax(heads.recalibrator[j]!), label),
        0,
      ) / labels.length;
    expect(mean((_, r, label) => -r[label]!) / losses.mainCe!).toBeCloseTo(1, 3);
    const divergence = (p: Float32Array, r: Float32Array) =>
      p.reduce((sum, log, v) => sum + Math.exp(log) * (log - r[v]!), 0);
    expect(mean(divergence) / losses.mainKl!).toBeCloseTo(1, 3);
    await students.prepare('finetune');
    students.update({ stage: 'finetune', examples: [[3]], learningRate: () => 1e-3, count: 1 });
    expect(await students.heads('main')).toBeUndefined();
    students.dispose();
  });

  it('count attention to the question: shares of a uniform attention are known', async () => {
    const memory = new Memory(context.device.gpu);
    const plan = new Plan(memory);
    const tape = new Tape(plan, memory, { lanes: 1, tile: 4 });
    const [batch, length, heads, headDim] = [2, 6, 2, 8];
    const spans = memory.allocate(batch * 3);
    // Sequence 0 has one token of padding in front; sequence 1 ends after token 4.
    memory.upload(spans, Int32Array.of(1, 6, 3, 0, 5, 4));
    const packed = tape.value(batch * length, 3 * heads * headDim, false);
    const shares = attentionShare(
      tape,
      packed,
      {
        batch,
        length,
        heads,
        kvHeads: heads,
        headDim,
        causal: { spans, split: 4, rotary: rotaryTables(memory, { headDim, ropeTheta: 1e4 }, 8) },
      },
      4,
    );
    await plan.compile();
    plan.submit();
    const values = [...(await memory.read(shares, batch * heads * 2))];
    memory.dispose();
    const expected = [3 / 4, 3 / 5, 3 / 4, 3 / 5, 4 / 5, -1, 4 / 5, -1];
    values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});
