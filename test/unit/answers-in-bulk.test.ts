import { describe, expect, it, vi } from 'vitest';
import { sequenceBounds } from '../../src/engine/data/batch.ts';
import { AnswerSheet } from '../../src/engine/evaluate/answer-sheet.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { Random } from '../../src/engine/random.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import { Scratch } from '../../src/engine/wgsl/core/scratch.ts';
import { matmul } from '../../src/engine/wgsl/products/matmul.ts';
import type { TrainSession } from '../../src/engine/session.ts';
import { loaded } from './loaded.ts';

const context = loaded('nano');

/** The same device, taken for a graphics card. */
function asCard(session: TrainSession): TrainSession {
  const { device } = session;
  return { ...session, device: { ...device, report: { ...device.report, software: false } } };
}

function questions(count: number) {
  return context.session.data.evaluation({ split: 'held-out-style', tasks: ['name', 'kind'], count });
}

function answererOf(session: TrainSession, batch: number) {
  const { student } = session;
  const examples = questions(40);
  const bounds = sequenceBounds(student.tokenizer, examples);
  return new FrozenAnswerer(session, student, { usual: batch, together: batch }, examples, bounds);
}

describe('answers in bulk', () => {
  it('are the same to the last bit whatever the batch, the adapter’s kind and where the batch ends', async () => {
    const asked = questions(40);
    const small = answererOf(context.session, 4);
    const card = answererOf(asCard(context.session), 32);
    expect([small.batch, card.batch]).toEqual([4, 32]);
    const answers = await small.answer(asked);
    expect(new Set(answers).size).toBeGreaterThan(3);
    expect(await card.answer(asked)).toEqual(answers);
    expect(await card.answer(asked.slice(7, 19))).toEqual(answers.slice(7, 19));
    expect(await card.likelihoods(asked)).toEqual(await small.likelihoods(asked));
    small.dispose();
    card.dispose();
  });

  it.each(['workgroup128', 'workgroup64', 'workgroup', 8, 4] as const)(
    'rest on products whose rows do not depend on how many there are, from 32 on: tile %s',
    async (tile) => {
      const memory = new Memory(context.device.gpu);
      const [k, n, most] = [52, 36, 96];
      const random = new Random(1);
      const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
      const filled = (data: Float32Array<ArrayBuffer>) => {
        const view = memory.allocate(data.length);
        memory.upload(view, data);
        return view;
      };
      const left = { view: filled(numbers(most * k)), transposed: false };
      const right = { view: filled(numbers(n * k)), transposed: true };
      const product = async (m: number) => {
        const plan = new Plan(memory);
        const out = memory.allocate(m * n);
        plan.add(matmul({ label: 'rows', tile, m, n, k, left, right, out }));
        await plan.compile();
        plan.submit();
        return memory.read(out, 32 * n);
      };
      const rows = await product(32);
      for (const m of [64, 96]) expect(await product(m)).toEqual(rows);
      memory.dispose();
    },
  );

  it('are read when everything is submitted on a card, and end early where reading is cheap', async () => {
    const { gpu } = context.device;
    const order: string[] = [];
    const submit = vi.spyOn(Plan.prototype, 'submit').mockImplementation(() => void order.push('run'));
    const read = vi.spyOn(Memory.prototype, 'readAll').mockImplementation(async (views) => {
      order.push('read');
      await gpu.queue.onSubmittedWorkDone();
      order.push('known');
      // Every token ends its answer.
      const { eosId } = context.session.student.tokenizer;
      return views.map(({ length }) => new Float32Array(new Int32Array(length).fill(eosId).buffer));
    });
    const asked = questions(40);
    const card = answererOf(asCard(context.session), 32);
    const software = answererOf(context.session, 4);
    try {
      await card.answer(asked);
      expect(order).toEqual(['run', 'read', 'run', 'read', 'known', 'known']);
      order.length = 0;
      await software.answer(asked.slice(0, 8));
      expect(order).toEqual(['run', 'read', 'known', 'run', 'read', 'known']);
    } finally {
      submit.mockRestore();
      read.mockRestore();
      card.dispose();
      software.dispose();
    }
  });

  it('ask no question twice', async () => {
    const asked: string[][] = [];
    const model = {
      answer: (examples: readonly { id: string }[]) => {
        asked.push(examples.map(({ id }) => id));
        return Promise.resolve(examples.map(({ id }) => `answer to ${id}`));
      },
      likelihoods: () => Promise.resolve([]),
    };
    const sheet = new AnswerSheet(model, context.session.data);
    const [a, b, c] = questions(3);
    expect(await sheet.answers([a!, b!, a!])).toEqual([a!, b!, a!].map(({ id }) => `answer to ${id}`));
    expect(await sheet.answers([c!, b!])).toEqual([c!, b!].map(({ id }) => `answer to ${id}`));
    expect(asked).toEqual([[a!.id, b!.id], [c!.id]]);
  });
});

describe('scratch memory', () => {
  it('gives a place on as soon as nobody reads what lies there', async () => {
    const memory = new Memory(context.device.gpu);
    const scratch = new Scratch(memory);
    const plan = new Plan(memory);
    const input = memory.allocate(64);
    memory.upload(
      input,
      Float32Array.from({ length: 64 }, (_, i) => i),
    );
    const output = memory.allocate(64);
    const before = memory.bytes;
    // Each adds one to the one before it; the last also reads the first.
    const views = [input, ...Array.from({ length: 6 }, (_, i) => scratch.allocate(64 * (i + 1)))];
    views.slice(1).forEach((view, i) =>
      plan.add({
        label: 'add one',
        bindings: [
          { name: 'given', view: views[i]! },
          { name: 'out', view, write: true },
        ],
        threads: 64,
        code: 'store_out(index, load_given(index) + 1.0);',
      }),
    );
    plan.add({
      label: 'add',
      bindings: [
        { name: 'first', view: views[1]! },
        { name: 'last', view: views[6]! },
        { name: 'out', view: output, write: true },
      ],
      threads: 64,
      code: 'store_out(index, load_first(index) + load_last(index));',
    });
    scratch.settle([plan]);
    // The first lies alone; the others take turns in two places, as large as the largest of them.
    expect(memory.bytes - before).toBe(4 * (64 + 5 * 64 + 6 * 64));
    await plan.compile();
    plan.submit();
    const sums = await memory.read(output, 64);
    expect([...sums]).toEqual(Array.from({ length: 64 }, (_, i) => i + 1 + (i + 6)));
    memory.dispose();
  });
});
