import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { TfjsStepper } from '../../src/engine/train/tfjs/tfjs-stepper.ts';
import type { StepNumbers } from '../../src/engine/train/update.ts';
import { nobody, type Standing } from '../../src/engine/run/standing.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { pairBounds } from '../../src/engine/train/training-set.ts';
import { ask, type Heard } from '../../src/engine/inspect/ask.ts';
import { askable, askedScene, longestAnswer } from '../../src/engine/inspect/asked.ts';
import { answerAll } from '../../src/engine/tfjs/answer.ts';
import { inspect } from '../../src/engine/inspect/inspect.ts';
import { readText, type ForcedAnswer } from '../../src/engine/inspect/inspect-text.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { VlmTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { withPictures } from '../../src/engine/models/families/families.ts';
import { loaded } from './loaded.ts';

const context = loaded('nano');

const recipe = recipeSchema.parse({
  pair: 'nano',
  arms: [],
  data: { tasks: ['name', 'kind', 'caption'], examples: 16, batchSize: 4 },
  stages: { align: { steps: 0 }, distil: { steps: 4 }, finetune: { steps: 0 } },
  evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
  logEverySteps: 1,
});

/** The panel's questions, asked about their own pictures. */
function panel() {
  return context.session.data.evaluation({
    split: recipe.evaluation.split,
    tasks: recipe.data.tasks,
    count: recipe.evaluation.liveQuestions,
  });
}

const look = (index: number, standing: Standing = nobody, student = 'before') => {
  const { id, question, answer } = panel()[index]!;
  return inspect(
    context.session,
    recipe,
    { picture: { id }, question, reference: answer, student },
    standing,
  );
};

describe('a look into an answer', () => {
  it('takes what a person writes for text, whatever it looks like', async () => {
    const { session } = context;
    const { id } = panel()[0]!;
    const asked = { picture: { id }, question: 'Is <image> a <|im_end|> dog <end_of_utterance>?' };
    const request = { ...asked, reference: 'A <image> dog<|im_end|>.', student: 'before' };
    const { texts } = await inspect(session, recipe, request, nobody);
    const { teacher, student, coverage, text } = texts[0]!;
    expect(text).toBe(request.reference);
    expect(coverage).toBe(1);
    for (const tokens of [teacher, student]) {
      expect(tokens.at(-1)!.kind).toBe('end');
      expect(tokens.filter(({ kind }) => kind === 'end' || kind === 'special')).toHaveLength(1);
    }
    const heard: Heard[] = [];
    await ask(session, recipe, asked, nobody, (said) => heard.push(said));
    expect(heard.filter(({ done }) => done).map(({ who }) => who)).toEqual(['teacher', 'before']);
    for (const { tokenizer, config } of [session.teacher, session.student]) {
      const pictureTokens = tokenizer.encodeQuestion(asked.question).filter((t) => t === tokenizer.imageId);
      expect(pictureTokens).toHaveLength(withPictures(config).config.imageTokens);
    }
  });

  it('gives the log-probabilities of L_sft', async () => {
    const { session } = context;
    for (const index of [0, 2]) {
      const examples = [panel()[index]!];
      const own = { examples, count: 1 };
      const bounds = pairBounds(session, examples);
      const set = { size: 1, asked: [], bounds, answered: [own], forArm: () => own };
      const stepper = new TfjsStepper(session, set, { ...recipe, objective: 'sft' });
      stepper.update({ stage: 'finetune', examples: [[0]], learningRate: () => 0, count: 1 });
      const [[numbers]] = (await stepper.numbers()) as [[StepNumbers]];
      stepper.dispose();
      const { texts } = await look(index);
      const { student } = texts.find(({ of }) => of === 'reference')!;
      const mean = student.reduce((sum, token) => sum - token.logProbability, 0) / student.length;
      expect(student.at(-1)!.kind).toBe('end');
      expect(mean).toBeCloseTo(numbers.losses.sft!, 4);
    }
  });

  it('covers every byte of the text once on both sides', async () => {
    for (const index of [0, 1, 2]) {
      const { texts } = await look(index);
      expect(texts.map(({ of }) => of)).toEqual(['reference', 'teacher', 'student']);
      const reference = texts[0]!;
      expect(reference.coverage).toBe(1);
      // The student keeps neither spaces nor capitals.
      expect(reference.chunks.map(({ text }) => text).join('')).toBe(
        panel()[index]!.answer.toLowerCase().replaceAll(' ', ''),
      );
      for (const side of ['teacher', 'student'] as const) {
        let next = 0;
        reference.chunks.forEach((chunk, number) => {
          expect(chunk[side].from).toBe(next);
          next = chunk[side].to;
          for (let i = chunk[side].from; i < chunk[side].to; i++)
            expect(reference[side][i]!.chunk).toBe(number);
          const sum = reference[side]
            .slice(chunk[side].from, chunk[side].to)
            .reduce((total, { logProbability }) => total + logProbability, 0);
          expect(chunk.logProbability[side]).toBeCloseTo(sum, 6);
        });
        expect(next).toBe(reference[side].length);
      }
      const said = texts[2]!;
      // The student keeps no capitals; the teacher reads its words as the data set would write them.
      expect(said.text).toMatch(/^[A-Z]/);
      expect(said.coverage).toBe(1);
      // Two vocabularies: no divergence over “the” vocabulary.
      expect(reference.chunks.every(({ kl }) => kl === undefined)).toBe(true);
    }
  });

  it('finds each model’s own words the likeliest, and lists the likeliest first', async () => {
    const { texts } = await look(1);
    for (const side of ['teacher', 'student'] as const) {
      const own = texts.find(({ of }) => of === side)!;
      for (const token of own[side]) {
        expect(token.rank).toBe(0);
        expect(token.top[0]!.id).toBe(token.id);
        expect(token.top).toHaveLength(8);
        const values = token.top.map(({ logProbability }) => logProbability);
        expect(values).toEqual([...values].sort((a, b) => b - a));
        expect(values.reduce((sum, value) => sum + Math.exp(value), 0)).toBeLessThanOrEqual(1 + 1e-5);
      }
    }
  });

  it('gives KL over the vocabulary where both sides have one, token by token', () => {
    const { tokenizer } = context.session.teacher;
    const ids = tokenizer.encodeAnswer('Dog.');
    const answer = (seed: number): ForcedAnswer => ({
      ids,
      rows: ids.map((_, j) => logSoftmax(tokenizer, (id) => Math.sin(seed * (id + 1) * (j + 2)))),
    });
    const [p, q] = [answer(1), answer(2)];
    const { chunks } = readText(
      'Dog.',
      { teacher: tokenizer, student: tokenizer },
      { teacher: p, student: q },
    );
    expect(chunks).toHaveLength(ids.length);
    chunks.forEach(({ kl }, j) => {
      const direct = p.rows[j]!.reduce((sum, logP, id) => sum + Math.exp(logP) * (logP - q.rows[j]![id]!), 0);
      expect(kl).toBeCloseTo(direct, 5);
      expect(kl).toBeGreaterThan(0);
    });
  });
});

function logSoftmax({ vocabularySize }: VlmTokenizer, logit: (id: number) => number): Float32Array {
  const logits = Float64Array.from({ length: vocabularySize }, (_, id) => logit(id));
  const sum = logits.reduce((total, value) => total + Math.exp(value), 0);
  return Float32Array.from(logits, (value) => value - Math.log(sum));
}

describe('asking', () => {
  it('is heard token by token and ends with the greedy answer', async () => {
    const { session } = context;
    const { id, question } = panel()[1]!;
    const heard: Heard[] = [];
    const result = await ask(session, recipe, { picture: { id }, question }, nobody, (event) =>
      heard.push(event),
    );
    expect(result).toEqual({ step: 0, trained: true, unknown: { teacher: [], student: [] } });
    for (const [who, model] of [
      ['teacher', session.teacher],
      ['before', session.student],
    ] as const) {
      const weights = uploadWeights(model.checkpoint.tensors);
      const [text] = await answerAll(new Vlm(model.config, weights), model, [panel()[1]!], session.data);
      tf.dispose([...weights.values()]);
      const own = heard.filter((event) => event.who === who);
      expect(own.map(({ tokens }) => tokens)).toEqual([
        ...Array.from({ length: own.length - 1 }, (_, i) => i + 1),
        own.length - 1,
      ]);
      expect(own.map(({ done }) => done).indexOf(true)).toBe(own.length - 1);
      expect(own.at(-1)).toMatchObject({ ended: true, text });
      expect(own.length - 1).toBeLessThanOrEqual(longestAnswer);
    }
  });

  it('says what the models cannot know', async () => {
    const picture = { pixels: new Uint8ClampedArray(64 * 64 * 4) };
    const result = await ask(
      context.session,
      recipe,
      { picture, question: 'Why 🦄 now?' },
      nobody,
      () => undefined,
    );
    expect(result).toMatchObject({ trained: false, unknown: { teacher: [], student: ['🦄'] } });
  });

  it('leaves trained students out where they are another run’s', async () => {
    const picture = { pixels: new Uint8ClampedArray(64 * 64 * 4) };
    const standing = { ...nobody, step: 5, arms: ['main'] };
    const heard = new Set<string>();
    const asked = { picture, question: 'What is this?', untouched: true };
    const result = await ask(context.session, recipe, asked, standing, ({ who }) => heard.add(who));
    expect([...heard]).toEqual(['teacher', 'before']);
    expect(result.step).toBe(0);
  });

  it('takes pictures of the panel exactly, see-through ones on white, and no others', () => {
    const { session } = context;
    const { pictures, questions } = askable(session, recipe);
    expect(pictures.map(({ id }) => id)).toEqual(panel().map(({ id }) => id));
    expect(questions).toContain('What is this?');
    expect(questions).not.toContain('Is it a dog?');
    const scene = (picture: Parameters<typeof askedScene>[2]['picture']) =>
      askedScene(session, recipe, { ...(picture && { picture }), question: '' })!;
    const { id, pixels } = pictures[0]!;
    const exact = scene({ id });
    scene({ pixels }).forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-6));
    expect(scene({ pixels: new Uint8ClampedArray(64 * 64 * 4) }).every((value) => value === 1)).toBe(true);
    expect(() => scene({ pixels: new Uint8ClampedArray(16) })).toThrow(/64×64/);
    expect(() => scene({ id: 'train-1-0' })).toThrow(/no question/);
  });
});

describe('whoever asks', () => {
  it('leaves no buffer behind on the GPU, also where a look ends early', async () => {
    const { session } = context;
    const { gpu } = session.device;
    const alive = new Set<GPUBuffer>();
    const createBuffer = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        alive.delete(buffer);
        destroy();
      };
      alive.add(buffer);
      return buffer;
    };
    try {
      const { id, question } = panel()[1]!;
      const asked = { picture: { id }, question };
      await ask(session, recipe, asked, nobody, () => expect(alive.size).toBeGreaterThan(0));
      expect(alive.size).toBe(0);
      await look(1);
      expect(alive.size).toBe(0);
      const deaf = () => {
        throw new Error('nobody listens');
      };
      await expect(ask(session, recipe, asked, nobody, deaf)).rejects.toThrow('nobody listens');
      expect(alive.size).toBe(0);
    } finally {
      gpu.createBuffer = createBuffer;
    }
  });
});

describe('between two steps of a run', () => {
  it('looks at the student of that moment, changes nothing and leaves nothing behind', async () => {
    const run = async (looking: boolean) => {
      const trainer = new Trainer(context.session, recipe);
      const steps: StepMetrics[] = [];
      const looks: Awaited<ReturnType<typeof look>>[] = [];
      const tensors: number[] = [];
      for await (const event of trainer.run()) {
        if (event.type === 'metrics') steps.push(...event.steps);
        if (event.type === 'metrics') tensors.push(event.tensors);
        if (event.type === 'step' && looking) {
          const before = tf.memory().numTensors;
          looks.push(await look(0, trainer.standing(), 'main'));
          await ask(
            context.session,
            recipe,
            { ...panel()[0]!, picture: panel()[0]! },
            nobody,
            () => undefined,
          );
          expect(tf.memory().numTensors).toBe(before);
        }
        if (event.type === 'panel') expect(trainer.standing().arms).toEqual([]);
      }
      return { steps, looks, tensors, trainer };
    };
    const watched = await run(true);
    const alone = await run(false);
    expect(watched.steps).toEqual(alone.steps);
    expect(watched.tensors).toEqual(alone.tensors);
    expect(watched.looks.map(({ step, student }) => [step, student])).toEqual(
      [1, 2, 3, 4].map((step) => [step, 'main']),
    );
    const likelihood = ({ texts }: Awaited<ReturnType<typeof look>>) =>
      texts[0]!.student.map(({ logProbability }) => logProbability);
    expect(likelihood(watched.looks[0]!)).not.toEqual(likelihood(watched.looks[3]!));
    // The run is over, its students are still there.
    const standing = watched.trainer.standing();
    expect(likelihood(await look(0, standing, 'main'))).toEqual(likelihood(watched.looks[3]!));
    expect(await look(0, standing, 'nobody')).toMatchObject({ student: 'before', step: 0 });
    for (const { trainer } of [watched, alone]) trainer.dispose();
  });
});
