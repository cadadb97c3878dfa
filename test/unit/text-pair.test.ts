import { describe, expect, it } from 'vitest';
import { filesOf, resaved } from '../../scripts/resave.ts';
import { askable } from '../../src/engine/inspect/asked.ts';
import { ask, type Heard } from '../../src/engine/inspect/ask.ts';
import { inspect } from '../../src/engine/inspect/inspect.ts';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { architectureOf } from '../../src/engine/models/checkpoints/architecture.ts';
import { ownPair } from '../../src/engine/models/checkpoints/own-pair.ts';
import { askedOf } from '../../src/engine/data/asked-of.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { defaultRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import { addEvent, beginRecord } from '../../src/engine/run/record.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { nobody } from '../../src/engine/run/standing.ts';
import type { RunSummary, TrainEvent } from '../../src/engine/run/events.ts';
import { studentCard } from '../../src/engine/run/student-card.ts';
import { openSession } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import type { OwnFile } from '../../src/engine/own-file.ts';
import { OwnModels } from '../../src/worker/own/own-models.ts';
import { factsOf, seesPictures } from '../../src/panels/model/facts.ts';
import { phasesOf } from '../../src/panels/model/phases.ts';
import { wiringOf } from '../../src/panels/model/parts.ts';
import { verdict } from '../../src/panels/result/verdict.ts';
import { loaded } from './loaded.ts';

/** Two decoders that read no pictures, from loading to the verdict. */
const context = loaded('text');
const source = folderSource('public');

/** One shape for all tests: kernels are compiled for it. */
const recipe = (change: RecipeInput = {}) =>
  recipeSchema.parse({
    pair: 'text',
    arms: [],
    data: { tasks: ['larger'], examples: 512, labelled: 64, batchSize: 8 },
    stages: { align: { steps: 1 }, distil: { steps: 3 }, finetune: { steps: 1 } },
    logEverySteps: 1,
    ...change,
    evaluation: {
      split: 'held-out-text',
      everySteps: 0,
      liveQuestions: 8,
      finalQuestions: 64,
      ...change.evaluation,
    },
  });

async function run(trainer: Trainer, until?: (event: TrainEvent) => boolean): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainer.run()) {
    events.push(event);
    if (until?.(event)) break;
  }
  return events;
}
const numbers = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'metrics' ? event.steps : []));

describe('a pair without pictures', () => {
  it('is two different decoders with two different vocabularies, and has no part for pictures', () => {
    const { teacher, student, data } = context.session;
    expect([teacher.config.family, student.config.family]).toEqual(['qwen3', 'llama']);
    expect([teacher.config.vision, student.config.vision, data.pictures]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(teacher.tokenizer.vocabularySize).not.toBe(student.tokenizer.vocabularySize);
    const { parameters, names } = architectureOf(student.checkpoint);
    expect([parameters.vision, parameters.connector]).toEqual([0, 0]);
    expect(names).toEqual({ family: 'Llama', decoder: 'Llama' });
  });

  it('finds the right answers to held-out facts likelier after a run, and says in words what came of it', async () => {
    const trainer = new Trainer(
      context.session,
      recipe({
        stages: {
          align: { steps: 1 },
          distil: { steps: 60, learningRate: 5e-3, finalLearningRate: 5e-4 },
          finetune: { steps: 0 },
        },
      }),
    );
    const events = await run(trainer);
    trainer.dispose();
    const done = events.at(-1)!;
    const summary = (done as Extract<TrainEvent, { type: 'done' }>).final;
    const { details } = verdict(summary);
    expect(details.join(' ')).toContain('questions about facts that no training question asks for');
    const card = studentCard(context.session.pair, recipe(), summary, { command: 'test' });
    expect(card).toContain('pipeline_tag: text-generation');
    expect(summary.arms[0]!.after.perplexity).toBeLessThan(summary.before.perplexity!);
    const distil = numbers(events).filter(({ stage }) => stage === 'distil');
    const mean = (part: typeof distil) =>
      part.reduce((sum, { losses }) => sum + losses.total, 0) / part.length;
    expect(mean(distil.slice(-20))).toBeLessThan(0.7 * mean(distil.slice(0, 20)));
  });

  it('goes on bit for bit from a saved state, and is told in a record without pictures', async () => {
    const own = recipe();
    const whole = new Trainer(context.session, own);
    const reference = await run(whole);
    whole.dispose();
    const half = new Trainer(context.session, own);
    await run(half, (event) => event.type === 'step' && event.step === 3);
    const state = await half.save();
    half.dispose();
    const rest = new Trainer(context.session, own, state);
    const after = await run(rest);
    rest.dispose();
    expect(numbers(after)).toEqual(numbers(reference).filter(({ step }) => step > 3));
    const results = (events: readonly TrainEvent[]) => {
      const done = events.find((event) => event.type === 'done')!;
      return (done as { final: RunSummary }).final.arms;
    };
    expect(results(after)).toEqual(results(reference));

    const [start] = reference;
    if (start?.type !== 'start') throw new Error('a run begins with its start');
    const record = beginRecord({ id: 'text', startedAt: new Date(0).toISOString(), adapter: 'test' }, start);
    for (const event of reference) addEvent(record, 0, event);
    const panel = record.events.find(({ event }) => event.type === 'panel')!.event;
    expect(panel.type === 'panel' && panel.items.every((item) => !('picture' in item))).toBe(true);
    expect(recordFromJson(JSON.parse(JSON.stringify(recordToJson(record))))).toEqual(record);
    expect(reference.filter(({ type }) => type === 'features').length).toBeGreaterThan(0);
  });

  it('trains as plain tfjs does', async () => {
    const own = recipe();
    const losses = async (engine: 'wgsl' | 'tfjs') => {
      const trainer = new Trainer(context.session, own, undefined, engine);
      const events = await run(trainer);
      trainer.dispose();
      return numbers(events).map(({ losses: { total } }) => total);
    };
    const [recorded, plain] = [await losses('wgsl'), await losses('tfjs')];
    expect(recorded).toHaveLength(5);
    recorded.forEach((value, i) => expect(Math.abs(value - plain[i]!)).toBeLessThan(1e-3 * plain[i]!));
  });

  it('is asked in words alone, and looked into token by token', async () => {
    const { session } = context;
    const own = recipe();
    const { pictures, pictureSize, questions } = askable(session, own);
    expect([pictures, pictureSize]).toEqual([[], undefined]);
    const question = questions[0]!;
    const heard: Heard[] = [];
    const answered = await ask(session, own, { question }, nobody, (said) => heard.push(said));
    expect(answered.trained).toBe(true);
    expect(heard.filter(({ done }) => done).map(({ who }) => who)).toEqual(['teacher', 'before']);
    const { texts } = await inspect(
      session,
      own,
      { question, reference: 'Animal.', student: 'before' },
      nobody,
    );
    expect(texts[0]!.coverage).toBe(1);
    const pixels = new Uint8ClampedArray(4);
    await expect(
      ask(session, own, { question, picture: { pixels } }, nobody, () => undefined),
    ).rejects.toThrow('This pair reads no pictures.');
  });

  it('refuses what a recipe says about pictures, and questions about them', () => {
    const refusal = (change: RecipeInput) => {
      try {
        new Trainer(context.session, recipe(change)).dispose();
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(refusal({})).toBeUndefined();
    const { data } = recipe();
    expect(refusal({ data: { ...data, views: 'augmented' } })).toMatch(/data\.views has nothing to decide/);
    expect(refusal({ student: { visionEncoder: 'trained' } })).toMatch(/student\.visionEncoder has nothing/);
    expect(refusal({ data: { ...data, tasks: ['name'] } })).toMatch(/no kind “name”/);
    expect(refusal({ evaluation: { split: 'held-out-style' } })).toMatch(/no split “held-out-style”/);
  });

  it('is forecast and drawn as it is', () => {
    const own = recipe();
    const { gpuBytes, bounds } = new Rehearsal(context.session, own).forecast({
      operationsPerSecond: 1e9,
      secondsPerDispatch: 1e-5,
    });
    expect(gpuBytes).toBeGreaterThan(1e6);
    const { teacher, student } = context.session;
    const drawn = {
      architecture: {
        teacher: architectureOf(teacher.checkpoint),
        student: architectureOf(student.checkpoint),
      },
      recipe: own,
      stage: 'distil' as const,
      shapes: bounds,
    };
    expect(seesPictures(drawn)).toBe(false);
    const wiring = wiringOf(own, 'distil', false);
    expect(wiring.state).toMatchObject({ teacherVision: 'unused', studentConnector: 'unused' });
    expect(wiring.state).toMatchObject({ teacherBody: 'frozen', studentBody: 'trained', recBody: 'trained' });
    expect(factsOf('studentVision', drawn).lines).toEqual(['none: text alone']);
    const told = phasesOf(wiring, drawn).map(({ text }) => text);
    expect(told.filter((text) => /picture|vision/.test(text))).toEqual([]);
  });
});

describe('a recipe', () => {
  it('is asked of the other kind of pair with that kind’s usual questions, and else left alone', () => {
    const text = recipeSchema.parse(presets.find(({ key }) => key === 'text')!.recipe);
    expect(askedOf(text, false)).toBe(text);
    expect(askedOf(defaultRecipe, true)).toBe(defaultRecipe);
    const fitted = askedOf(
      recipeSchema.parse({
        data: { views: 'augmented' },
        student: { visionEncoder: 'trained' },
        evaluation: { split: 'validation-style', otherSplits: ['seen-style'] },
      }),
      false,
    );
    expect(fitted).toMatchObject({
      data: { tasks: ['odd-one-out', 'which', 'count', 'larger'], views: 'plain' },
      student: { visionEncoder: 'frozen' },
      evaluation: { split: 'validation-text', otherSplits: [] },
    });
    expect(askedOf(text, true)).toMatchObject({
      data: { tasks: ['name', 'kind'] },
      evaluation: { split: 'held-out-style' },
    });
  });
});

describe('a person’s own decoders', () => {
  const dropped = (name: string): OwnFile[] =>
    [...resaved(filesOf(`public/checkpoints/${name}`), '5')].map(([file, bytes]) => ({
      path: `${name}/${file}`,
      file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
    }));

  it('are a pair, whatever version of transformers saved them', async () => {
    const models = new OwnModels();
    const teacher = await models.bring(dropped('text-teacher'), () => undefined);
    const student = await models.bring(dropped('text-student'), () => undefined);
    expect(teacher).toMatchObject({ family: 'qwen3', imageTokens: 0, imageSize: 0 });
    const { key } = ownPair(teacher, student);
    const session = await openSession({ source, device: context.device, own: models.byName }, key);
    expect(session.data.hash).toBe(context.session.data.hash);
    expect(session.student.checkpoint.tensors).toEqual(new Map(context.session.student.checkpoint.tensors));
    expect(session.student.tokenizer.encodeQuestion('What is a dog?')).toEqual(
      context.session.student.tokenizer.encodeQuestion('What is a dog?'),
    );
  });

  it('are refused beside a model that reads pictures, before and after they are read', async () => {
    const models = new OwnModels();
    const picture = await openSession({ source, device: context.device }, 'nano');
    await expect(
      models.weigh(dropped('text-student'), 'student', picture, defaultRecipe),
    ).rejects.toMatchObject({
      code: 'recipe-invalid',
      message: expect.stringMatching(
        /“text-student” \(Llama\) reads text alone.*“nano-teacher” \(LLaVA\)/,
      ) as string,
    });
    const report = await models.bring(dropped('text-student'), () => undefined);
    await expect(
      openSession(
        { source, device: context.device, own: models.byName },
        ownPair(picture.pair.teacher, report).key,
      ),
    ).rejects.toMatchObject({ code: 'recipe-invalid' });
  });
});
