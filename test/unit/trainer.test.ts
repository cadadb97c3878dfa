import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { StepMetrics, TrainEvent } from '../../src/engine/run/events.ts';
import { addEvent, beginRecord, recordUntil, type RunRecord } from '../../src/engine/run/record.ts';
import { describeState } from '../../src/engine/run/saved-state.ts';
import { toFailure } from '../../src/engine/errors.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';
import type { CacheBudgets } from '../../src/engine/session.ts';
import { loaded, smallData } from './loaded.ts';

/** The real trainer on the real nano pair, in Node on Dawn. */
const context = loaded('nano');

const recipe = (change: RecipeInput = {}) =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [],
    data: { ...smallData, examples: 64 },
    stages: { align: { steps: 3 }, distil: { steps: 4 }, finetune: { steps: 2 } },
    evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 12 },
    logEverySteps: 1,
    ...change,
  });

interface Trace {
  events: TrainEvent[];
  steps: StepMetrics[];
}

/** Runs a trainer until it ends or `until` says so. */
async function trace(trainer: Trainer, until: (event: TrainEvent) => boolean = () => false): Promise<Trace> {
  const events: TrainEvent[] = [];
  for await (const event of trainer.run()) {
    events.push(event);
    if (until(event)) break;
  }
  return { events, steps: events.flatMap((event) => (event.type === 'metrics' ? event.steps : [])) };
}

/** A record's events without what time and the machine's load make of them. */
function exactly({ events }: RunRecord): TrainEvent[] {
  const measuredHere = /^(?:stepsPerSecond|examplesPerSecond|gpuBytes|seconds|trainSeconds)$/;
  return events.map(
    ({ event }) =>
      JSON.parse(
        JSON.stringify(event, (key, value: unknown) =>
          measuredHere.test(key) || ArrayBuffer.isView(value) ? undefined : value,
        ),
      ) as TrainEvent,
  );
}

describe('a run', () => {
  it('goes through the three stages with the paper’s terms in each, and repeats bit for bit', async () => {
    const first = new Trainer(context.session, recipe());
    const a = await trace(first);
    first.dispose();
    expect(a.steps.map(({ stage }) => stage)).toEqual([
      ...Array<string>(3).fill('align'),
      ...Array<string>(4).fill('distil'),
      ...Array<string>(2).fill('finetune'),
    ]);
    const terms = (stage: string) => Object.keys(a.steps.find((step) => step.stage === stage)!.losses).sort();
    expect(terms('align')).toEqual(['mainCe', 'mainKl', 'regCe', 'regKl', 'total']);
    expect(terms('distil')).toEqual(['mainCe', 'mainKl', 'sft', 'total']);
    expect(terms('finetune')).toEqual(['sft', 'total']);
    for (const { losses } of a.steps) {
      expect(losses.mainKl ?? 0).toBeGreaterThanOrEqual(0);
      const { total, ...parts } = losses;
      if (parts.mainCe !== undefined)
        expect(total).toBeCloseTo(
          Object.values(parts).reduce((sum, value) => sum + value, 0),
          4,
        );
    }
    const done = a.events.at(-1)!;
    expect(done.type).toBe('done');
    const evaluated = a.events.filter((event) => event.type === 'evaluation' && event.final);
    expect(evaluated.map((event) => event.type === 'evaluation' && event.who)).toEqual([
      'before',
      'teacher',
      'main',
    ]);

    const second = new Trainer(context.session, recipe());
    const b = await trace(second);
    second.dispose();
    expect(b.steps).toEqual(a.steps);
    const other = new Trainer(context.session, recipe({ seed: 2 }));
    const c = await trace(other, (event) => event.type === 'metrics');
    other.dispose();
    expect(c.steps[0]!.losses.total).not.toBe(a.steps[0]!.losses.total);
  });

  it.each([
    ['GenRecal', recipe()],
    ['DSKD, its projectors included', recipe({ objective: 'dskd' })],
  ])('continues bit for bit from a saved state: %s', async (_, own) => {
    const whole = new Trainer(context.session, own);
    const reference = await trace(whole);
    whole.dispose();

    const firstHalf = new Trainer(context.session, own);
    await trace(firstHalf, (event) => event.type === 'step' && event.step === 5);
    const state = await firstHalf.save();
    firstHalf.dispose();

    const secondHalf = new Trainer(context.session, own, state);
    const rest = await trace(secondHalf);
    secondHalf.dispose();
    expect(rest.steps).toEqual(reference.steps.filter(({ step }) => step > 5));
    expect(rest.steps.length).toBeGreaterThan(0);
    const final = (t: Trace) => t.events.find((event) => event.type === 'done')!;
    const scores = (t: Trace) => {
      const event = final(t);
      return event.type === 'done' ? [event.final.before, event.final.arms, event.final.teacher] : [];
    };
    expect(scores(rest)).toEqual(scores(reference));
  });

  it('tells its record once, wherever it is saved and goes on', async () => {
    const own = recipe({
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
      logEverySteps: 4,
      evaluation: { everySteps: 3, liveQuestions: 8, finalQuestions: 8 },
    });
    const about = { id: 'run', startedAt: new Date(0).toISOString(), adapter: 'test' };
    const record = async (
      trainer: Trainer,
      past?: RunRecord,
      each?: (event: TrainEvent) => Promise<void>,
    ) => {
      let made = past && structuredClone(past);
      for await (const event of trainer.run()) {
        if (event.type === 'start') made ??= beginRecord(about, event);
        addEvent(made!, 0, event);
        await each?.(event);
      }
      trainer.dispose();
      return made!;
    };
    const whole = await record(new Trainer(context.session, own));
    // 0: before the first update; 3: at the end of a stage; 5: its numbers are still on the GPU; 9: after the last update.
    const states = new Map<number, Uint8Array>();
    const saving = new Trainer(context.session, own);
    const saved = await record(saving, undefined, async (event) => {
      const step = event.type === 'shapes' ? 0 : event.type === 'step' ? event.step : -1;
      if ([0, 3, 5, 9].includes(step)) states.set(step, await saving.save());
    });
    expect(exactly(saved)).toEqual(exactly(whole));
    expect([...states.keys()]).toEqual([0, 3, 5, 9]);
    for (const [step, state] of states) {
      const told = describeState(state);
      const past = recordUntil(saved, told);
      const goneOn = await record(new Trainer(context.session, own, state), past);
      expect(exactly(goneOn), `from step ${step}`).toEqual(exactly(whole));
      const done = goneOn.events.at(-1)!.event;
      expect(done.type === 'done' && done.final.trainSeconds).toBeGreaterThanOrEqual(told.trainSeconds);
    }
  });

  it('makes a live change again after the update after which it was made', async () => {
    const own = recipe();
    const warmer = recipe({ loss: { mainKl: 0.5 } });
    const whole = new Trainer(context.session, own);
    whole.change(warmer, 4);
    const reference = await trace(whole);
    whole.dispose();
    expect(reference.events.filter(({ type }) => type === 'recipe')).toEqual([
      { type: 'recipe', step: 4, recipe: warmer },
    ]);
    // Saved before the change, and right before it was taken over.
    for (const step of [3, 4]) {
      const first = new Trainer(context.session, own);
      first.change(warmer, 4);
      await trace(first, (event) => event.type === 'step' && event.step === step);
      const state = await first.save();
      first.dispose();
      const second = new Trainer(context.session, own, state);
      second.change(warmer, 4);
      const after = await trace(second);
      second.dispose();
      expect(after.steps).toEqual(reference.steps.filter((numbers) => numbers.step > step));
      expect(after.events.filter(({ type }) => type === 'recipe')).toHaveLength(1);
    }
  });

  it('trains every arm as if it were alone, on the same batches', async () => {
    const control = { key: 'sft', label: 'SFT control', change: { objective: 'sft' } };
    const kd = { key: 'seq-kd', label: 'Sequence KD', change: { objective: 'seq-kd' } };
    const together = new Trainer(context.session, recipe({ arms: [control, kd] }));
    const both = await trace(together);
    together.dispose();
    const of = (steps: StepMetrics[], arm: string) =>
      steps.filter((step) => step.arm === arm).map((step) => ({ ...step, arm: '' }));
    for (const [arm, own] of [
      ['main', recipe()],
      ['sft', recipe({ objective: 'sft' })],
      ['seq-kd', recipe({ objective: 'seq-kd' })],
    ] as const) {
      const alone = new Trainer(context.session, own);
      const { steps } = await trace(alone);
      alone.dispose();
      // The teacher's answers may be longer, which moves the padding: equal then up to rounding only.
      const [a, b] = [of(both.steps, arm), of(steps, 'main')];
      expect(a.map(({ step, stage }) => [step, stage])).toEqual(b.map(({ step, stage }) => [step, stage]));
      a.forEach(({ losses }, i) => expect(losses.total).toBeCloseTo(b[i]!.losses.total, 4));
    }
    // SFT has nothing to align; sequence KD learns other answers than the true ones.
    expect(of(both.steps, 'sft').map(({ stage }) => stage)).not.toContain('align');
    expect(of(both.steps, 'seq-kd')[0]!.losses.sft).not.toBe(of(both.steps, 'sft')[0]!.losses.sft);
    const done = both.events.at(-1)!;
    expect(done.type === 'done' && done.final.arms.map(({ key }) => key)).toEqual(['main', 'sft', 'seq-kd']);
  });

  it('trains every seed as if it were alone, and goes on with all of them', async () => {
    const arms = [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }];
    const own = (seeds: number) =>
      recipe({ seeds, arms, evaluation: { everySteps: 3, liveQuestions: 8, finalQuestions: 8 } });
    const alone = await trace(new Trainer(context.session, own(1)));
    const several = new Trainer(context.session, own(2));
    let state: Uint8Array | undefined;
    const events: TrainEvent[] = [];
    for await (const event of several.run()) {
      events.push(event);
      if (event.type === 'step' && event.step === 5) state = await several.save();
    }
    several.dispose();
    const stepsOf = (told: readonly TrainEvent[], seed: number) =>
      told
        .flatMap((event) => (event.type === 'metrics' ? event.steps : []))
        .filter((step) => step.seed === seed)
        .map((step) => ({ ...step, seed: undefined }));
    expect(stepsOf(events, 1)).toEqual(alone.steps.map((step) => ({ ...step, seed: undefined })));
    expect(stepsOf(events, 2)).toHaveLength(alone.steps.length);
    expect(stepsOf(events, 2)).not.toEqual(stepsOf(events, 1));

    const summary = (told: readonly TrainEvent[]) => {
      const done = told.at(-1)!;
      if (done.type !== 'done') throw new Error('the run has not ended');
      return done.final.arms;
    };
    summary(events).forEach(({ key, after, seeds }, i) => {
      const before = summary(alone.events)[i]!;
      expect({ key, after }).toEqual({ key: before.key, after: before.after });
      expect(seeds?.[0]).toEqual(after);
      expect(seeds).toHaveLength(2);
    });
    const asked = events.flatMap((event) =>
      event.type === 'evaluation' && event.step === 6 ? [`${event.who} ${event.seed}`] : [],
    );
    expect(asked).toEqual(['main 1', 'main 2', 'sft 1', 'sft 2']);

    const goneOn = new Trainer(context.session, own(2), state);
    const rest = await trace(goneOn);
    goneOn.dispose();
    for (const seed of [1, 2])
      expect(stepsOf(rest.events, seed)).toEqual(stepsOf(events, seed).filter(({ step }) => step > 5));
    expect(summary(rest.events)).toEqual(summary(events));
  });

  describe('whatever the GPU has room for', () => {
    const recipes = {
      main: {},
      'labels-alone': { objective: 'sft', 'data.unlabelled': 'ignored' },
      sft: { objective: 'sft' },
      genrecal: { objective: 'genrecal' },
    } as const;
    const arm = (key: keyof typeof recipes) => ({ key, label: key, change: recipes[key] });
    const own = (change: RecipeInput) =>
      recipe({
        // Two epochs: the second finds the features of the first.
        data: { tasks: ['count'], examples: 8, labelled: 5, batchSize: 4 },
        stages: { align: { steps: 1 }, distil: { steps: 4 }, finetune: { steps: 1 } },
        evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
        logEverySteps: 100,
        ...change,
      });
    const totals = async (ofRecipe: Recipe, cacheBudgets: CacheBudgets) => {
      const trainer = new Trainer({ ...context.session, cacheBudgets }, ofRecipe);
      const { steps } = await trace(trainer);
      trainer.dispose();
      return (key: string) =>
        steps.filter((step) => step.arm === key).map(({ step, losses: { total } }) => ({ step, total }));
    };
    const plenty = { pictures: 2 ** 26, features: 2 ** 26 };
    const batchOfPictures = { ...plenty, pictures: 0 };
    const nothing = { pictures: 0, features: 0 };

    it('trains every arm as if it were alone', async () => {
      const together = own({ arms: [arm('labels-alone'), arm('sft')] });
      const usual = await totals(together, plenty);
      for (const budgets of [batchOfPictures, { ...plenty, features: 0 }, nothing]) {
        const found = await totals(together, budgets);
        for (const key of ['main', 'labels-alone', 'sft']) expect(found(key)).toEqual(usual(key));
      }
      for (const { key, recipe: alone } of armsOf(together)) {
        const found = (await totals(alone, nothing))('main');
        // The teacher's answers may be longer, which moves the padding: equal then up to rounding only.
        expect(found.map(({ step }) => step)).toEqual(usual(key).map(({ step }) => step));
        found.forEach(({ total }, i) => expect(total).toBeCloseTo(usual(key)[i]!.total, 4));
      }
    });

    it('keeps no features of another arm’s pictures', async () => {
      // The arm that has the teacher read a batch is not the one that brought the batch to the GPU.
      const together = own({ objective: 'sft', arms: [arm('labels-alone'), arm('genrecal')] });
      const usual = await totals(together, plenty);
      expect((await totals(together, batchOfPictures))('genrecal')).toEqual(usual('genrecal'));
    });
  });

  it('refuses a state of another recipe and a damaged one', async () => {
    const trainer = new Trainer(context.session, recipe());
    const state = await trainer.save();
    trainer.dispose();
    expect(() => new Trainer(context.session, recipe({ seed: 9 }), state)).toThrow(
      /belongs to another recipe/,
    );
    expect(() => new Trainer(context.session, recipe(), state.slice(0, state.length / 2))).toThrow(/damaged/);
  });

  it('gives no state once it is over, not even one that was being read', async () => {
    const trainer = new Trainer(context.session, recipe({ arms: [] }));
    await trace(trainer, (event) => event.type === 'step' && event.step === 2);
    const gone = { code: 'engine-busy', message: 'The run is over and its students are gone.' };
    const { gpu } = context.device;
    const errors: string[] = [];
    const told = ({ error }: GPUUncapturedErrorEvent) => errors.push(error.message);
    gpu.addEventListener('uncapturederror', told);
    const reading = trainer.save();
    trainer.dispose();
    await expect(reading).rejects.toThrow();
    await gpu.queue.onSubmittedWorkDone();
    gpu.removeEventListener('uncapturederror', told);
    expect(errors).toEqual([]);
    await expect(trainer.save()).rejects.toMatchObject(gone);
    expect(() => trainer.studentWeights()).toThrow(expect.objectContaining(gone));
  });

  it('trains in each stage what the paper trains there, and nothing else', async () => {
    const vision = 'model.vision_model.encoder.layers.0.mlp.fc1.weight';
    const text = 'model.text_model.layers.0.mlp.up_proj.weight';
    const weightsAfter = async (input: RecipeInput) => {
      const trainer = new Trainer(context.session, recipe(input));
      await trace(trainer);
      const weights = await trainer.studentWeights();
      trainer.dispose();
      const changed = (name: string) =>
        weights
          .get(name)!
          .data.some((v, i) => v !== context.session.student.checkpoint.tensors.get(name)!.data[i]);
      return { vision: changed(vision), text: changed(text) };
    };
    const only = (stage: string) => ({
      stages: {
        align: { steps: stage === 'align' ? 2 : 0 },
        distil: { steps: stage === 'distil' ? 2 : 0 },
        finetune: { steps: stage === 'finetune' ? 2 : 0 },
      },
    });
    expect(await weightsAfter(only('align'))).toEqual({ vision: false, text: false });
    expect(await weightsAfter(only('distil'))).toEqual({ vision: false, text: true });
    expect(await weightsAfter({ ...only('distil'), student: { visionEncoder: 'trained' } })).toEqual({
      vision: true,
      text: true,
    });
    expect(await weightsAfter(only('finetune'))).toEqual({ vision: false, text: true });
  });

  it('refuses held-out styles and names the ones to use', () => {
    const asks = (style: string) => () => new Trainer(context.session, recipe({ data: { styles: [style] } }));
    expect(asks('noto-v1')).toThrow(/kept for evaluation/);
    expect(asks('fxemoji')).toThrow(/kept for evaluation/);
    expect(asks('cubism')).toThrow(/no drawing style/);
  });

  it('says at which step the loss stopped being a number', async () => {
    const trainer = new Trainer(context.session, recipe());
    const state = await trainer.save();
    trainer.dispose();
    // One NaN weight stands for an exploded run; the weights begin right behind the header.
    const view = new DataView(state.buffer);
    view.setFloat32(4 + view.getUint32(0, true), Number.NaN, true);
    const restored = new Trainer(context.session, recipe(), state);
    expect(await trace(restored).catch(toFailure)).toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(/step 1\b/) as string,
      arm: 'main',
    });
    restored.dispose();
    // Nor is it saved in place of a state that can be gone on from.
    const broken = new Trainer(context.session, recipe(), state);
    await expect(broken.save()).rejects.toMatchObject({ code: 'not-finite' });
    broken.dispose();
  });

  it.each([
    ['genrecal', 200],
    ['dskd', 40],
  ] as const)('leaves nothing behind and holds its memory steady: %s', async (objective, steps) => {
    const before = tf.memory().numTensors;
    const trainer = new Trainer(
      context.session,
      recipe({
        objective,
        stages: { align: { steps: 0 }, distil: { steps }, finetune: { steps: 0 } },
        logEverySteps: 10,
      }),
    );
    const at = new Map<number, { tensors: number; gpuBytes: number }>();
    for await (const event of trainer.run()) {
      if (event.type === 'metrics')
        at.set(event.steps.at(-1)!.step, { tensors: event.tensors, gpuBytes: event.gpuBytes });
    }
    trainer.dispose();
    expect(at.get(steps)).toEqual(at.get(10));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lowers the losses', async () => {
    const trainer = new Trainer(
      context.session,
      recipe({
        data: { ...smallData, examples: 16 },
        stages: { align: { steps: 30 }, distil: { steps: 30 }, finetune: { steps: 0 } },
      }),
    );
    const { steps } = await trace(trainer);
    trainer.dispose();
    const mean = (from: number, to: number, read: (step: StepMetrics) => number) =>
      steps.slice(from, to).reduce((sum, step) => sum + read(step), 0) / (to - from);
    expect(mean(25, 30, (s) => s.losses.mainKl!)).toBeLessThan(0.7 * mean(0, 5, (s) => s.losses.mainKl!));
    expect(mean(25, 30, (s) => s.losses.regCe!)).toBeLessThan(0.8 * mean(0, 5, (s) => s.losses.regCe!));
    expect(mean(55, 60, (s) => s.losses.sft!)).toBeLessThan(0.8 * mean(30, 35, (s) => s.losses.sft!));
  });
});
