import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { makeTokenBatch, sequenceBounds } from '../../src/engine/data/batch.ts';
import type { Example } from '../../src/engine/data/example.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import { writeAdapter } from '../../src/engine/export/write-adapter.ts';
import type { HostTensors } from '../../src/engine/models/host-tensor.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Lora, Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { answerPredictors, sequenceFeatures } from '../../src/engine/tfjs/features.ts';
import { disposeInputs, modelInputs } from '../../src/engine/tfjs/inputs.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { studentAsking } from '../../src/engine/train/asking.ts';
import { initialLora, mergeLora } from '../../src/engine/train/lora.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { loaded, smallData } from './loaded.ts';

/** Adapters in place of the student's weights, on the real nano pair and against PyTorch (pytorch/make_lora_fixtures.py). */
const context = loaded('nano');

const fixture = JSON.parse(readFileSync('test/fixtures/lora/nano-student.json', 'utf8')) as {
  lora: Lora;
  optimiser: { learningRate: number; weightDecay: number; epsilon: number; clipNorm: number };
  examples: Example[];
  loss: number;
  gradientNorm: number;
};
const arrays = parseSafetensors(
  new Uint8Array(readFileSync('test/fixtures/lora/nano-student.safetensors')),
  'lora/nano-student',
);

/** The arrays under a prefix, by the rest of their names. */
const under = (prefix: string): HostTensors =>
  new Map(
    [...arrays].flatMap(([name, tensor]) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), tensor]] : [],
    ),
  );

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

const recipe = (change: RecipeInput = {}): Recipe =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [],
    data: { ...smallData, examples: 64 },
    ...change,
  });

/** The students of a recipe over examples whose answers are known; they may be asked the same. */
function studentsOf(own: Recipe, examples: readonly Example[], engine: 'wgsl' | 'tfjs' = 'wgsl') {
  const arms = armsOf(own);
  const set = trainingSet(context.session, examples, arms, undefined, examples);
  return new Students(context.session, set, own, arms, engine);
}

/** Examples with their true answers, and a recipe that learns them. */
function few(lora?: Partial<Lora>) {
  const own = recipe({
    data: { ...smallData, examples: 16, labelled: 0 },
    student: lora === undefined ? {} : { lora },
  });
  return { own, examples: labelledExamples(context.session, own) };
}

const batch = [0, 1, 2, 3];

/** Losses of updates of stage 2 on a few batches. */
async function distil(students: Students, from: number, to: number, rate = 5e-3) {
  for (let count = from; count <= to; count++) {
    const examples = batch.map((i) => (4 * count + i) % 16);
    students.update({ stage: 'distil', examples: [examples], learningRate: () => rate, count });
  }
  const [first] = await students.numbers();
  return first!.numbers.map((step) => step!.losses.sft!);
}

describe('an update of LoRA', () => {
  it.each(['wgsl', 'tfjs'] as const)('is PyTorch’s: %s', async (engine) => {
    const { lora, optimiser, loss, gradientNorm } = fixture;
    const { learningRate, ...rest } = optimiser;
    const examples = fixture.examples.map((example) => context.session.data.exampleSchema.parse(example));
    const own = recipe({
      student: { lora },
      data: { batchSize: examples.length, labelled: 0 },
      optimiser: rest,
    });
    const students = studentsOf(own, examples, engine);
    await students.prepare('finetune');
    const state = await students.state();
    for (const [name, { data }] of under('before')) {
      expect(state.has(`main/${name}`), name).toBe(true);
      state.set(`main/${name}`, data);
    }
    students.restore(state);
    students.update({
      stage: 'finetune',
      examples: [[...examples.keys()]],
      learningRate: () => learningRate,
      count: 1,
    });
    const [trained] = await students.numbers();
    const [numbers] = trained!.numbers;
    expect(Math.abs(numbers!.losses.sft! - loss)).toBeLessThan(1e-5);
    expect(Math.abs(numbers!.gradientNorm / gradientNorm - 1)).toBeLessThan(1e-4);
    const after = await students.state();
    const clip = optimiser.clipNorm / Math.max(gradientNorm, optimiser.clipNorm);
    for (const [name, { data }] of under('gradient')) {
      // After the first update AdamW's first moment is the clipped gradient times 1 − β1.
      const found = after.get(`main/${name}#first`)!.map((value) => value / (0.1 * clip));
      const size = Math.max(...data.map(Math.abs));
      expect(largestDifference(found, data) / size, name).toBeLessThan(1e-3);
    }
    for (const [name, { data }] of under('after'))
      expect(largestDifference(after.get(`main/${name}`)!, data), name).toBeLessThan(2e-5);
    students.dispose();
  });

  it('merges as PyTorch does, and the student computes the same, merged or not', async () => {
    const { student, data } = context.session;
    const { tensors } = student.checkpoint;
    const merged = mergeLora(tensors, under('before'), fixture.lora);
    const name = 'model.text_model.layers.0.self_attn.k_proj.weight';
    expect(largestDifference(merged.get(name)!.data, arrays.get('merged')!.data)).toBeLessThan(1e-6);
    expect(merged.get('model.text_model.norm.weight')).toBe(tensors.get('model.text_model.norm.weight'));

    const logits = arrays.get('answer_logits')!;
    const examples = fixture.examples.map((example) => data.exampleSchema.parse(example));
    const bounds = sequenceBounds(student.tokenizer, examples);
    const tokens = makeTokenBatch(student.tokenizer, examples, bounds);
    const inputs = modelInputs(student.config, tokens, examplePatches(student, data, examples));
    const [whole, beside] = [uploadWeights(merged), uploadWeights(new Map([...tensors, ...under('before')]))];
    for (const vlm of [new Vlm(student.config, whole), new Vlm(student.config, beside, fixture.lora)]) {
      const found = tf.tidy(() => vlm.head(answerPredictors(sequenceFeatures(vlm, inputs), inputs)));
      const rows = await found.data();
      const width = logits.shape[2]!;
      // Padding has no logits in the fixture.
      const real = rows.map((value, i) => value * tokens.answerMask[Math.floor(i / width)]!);
      expect(largestDifference(real, logits.data)).toBeLessThan(1e-4);
      found.dispose();
    }
    tf.dispose([...whole.values(), ...beside.values()]);
    disposeInputs(inputs);
  });
});

describe('a student with adapters', () => {
  it('begins as it was loaded, bit for bit, with B at zero', async () => {
    const { own, examples } = few({ rank: 4 });
    const [adapted, plain] = [studentsOf(own, examples), studentsOf(few().own, examples)];
    const likelihoods = (students: Students) =>
      students.ofArm('main')[0]!.student.likelihoods(examples.slice(0, 8));
    expect(await likelihoods(adapted)).toEqual(await likelihoods(plain));
    const adapters = (await adapted.adapters('main'))!;
    expect(adapters.size).toBe(2 * 7 * context.session.student.config.text.layers);
    for (const [name, { shape, data }] of adapters)
      if (name.endsWith('lora_B.weight'))
        expect(
          data.every((value) => value === 0),
          name,
        ).toBe(true);
      else {
        const bound = shape[1]! ** -0.5;
        expect(Math.max(...data), name).toBeLessThanOrEqual(bound);
        expect(Math.min(...data), name).toBeLessThan(-0.8 * bound);
      }
    expect(await plain.adapters('main')).toBeUndefined();
    adapted.dispose();
    plain.dispose();
  });

  it('learns; its own weights stay, and merged ones answer the same', async () => {
    const { student } = context.session;
    const { own, examples } = few({ rank: 4, alpha: 8 });
    const students = studentsOf(own, examples);
    await students.prepare('distil');
    const losses = await distil(students, 1, 24);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(0.5 * mean(losses.slice(0, 4)));

    const weights = await students.weights('main');
    const again = mergeLora(
      student.checkpoint.tensors,
      (await students.adapters('main'))!,
      own.student.lora!,
    );
    for (const [name, { data }] of weights) {
      expect(data, name).toEqual(again.get(name)!.data);
      const isAdapted = /text_model\.layers\.\d+\.(?:self_attn|mlp)\.\w+_proj\.weight$/.test(name);
      const moved = largestDifference(data, student.checkpoint.tensors.get(name)!.data) > 0;
      expect(moved, name).toBe(isAdapted);
    }
    const asked = examples.slice(0, 8);
    const { bounds } = trainingSet(context.session, examples, armsOf(own), undefined, examples);
    const merged = new FrozenAnswerer(
      context.session,
      { ...student, checkpoint: { ...student.checkpoint, tensors: weights } },
      studentAsking(own),
      examples,
      bounds.student,
    );
    const wanted = await merged.likelihoods(asked);
    const found = await students.ofArm('main')[0]!.student.likelihoods(asked);
    wanted.forEach(({ nats }, i) => expect(Math.abs(nats - found[i]!.nats)).toBeLessThan(1e-3));
    merged.dispose();
    students.dispose();
  });

  it('has a state of adapters and Recalibrator alone, and goes on from it bit for bit', async () => {
    const { own, examples } = few({ rank: 4 });
    const first = studentsOf(own, examples);
    await first.prepare('distil');
    await distil(first, 1, 2);
    const saved = await first.state();
    const names = [...saved.keys()].map((name) => name.replace(/^main\//, ''));
    const adapters = [...initialLora(context.session.student.config, own).keys()];
    expect(names.filter((name) => !name.startsWith('rec.')).sort()).toEqual(
      adapters.flatMap((name) => [name, `${name}#first`, `${name}#second`]).sort(),
    );
    await distil(first, 3, 4);
    const second = studentsOf(own, examples);
    second.restore(saved);
    await second.prepare('distil');
    await distil(second, 3, 4);
    expect(await second.state()).toEqual(await first.state());
    first.dispose();
    second.dispose();
  });

  it('is saved as PEFT saves it, and that put beside the base is the merged student', () => {
    const { student } = context.session;
    const files = writeAdapter(student, under('before'), fixture.lora);
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as {
      r: number;
      lora_alpha: number;
      target_modules: string;
    };
    const saved = parseSafetensors(files.get('adapter_model.safetensors')!, 'adapter_model.safetensors');
    expect([...saved.keys()][0]).toBe(
      'base_model.model.model.text_model.layers.0.self_attn.q_proj.lora_A.weight',
    );
    // LLaVA's modules are not called as its tensors are.
    const { teacher } = context.session;
    const ofLlava = writeAdapter(teacher, initialLora(teacher.config, few({ rank: 1 }).own), fixture.lora);
    const [first] = parseSafetensors(ofLlava.get('adapter_model.safetensors')!, 'adapter').keys();
    expect(first).toBe('base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight');
    // What PEFT would adapt in the model, as it reads the pattern: what the file has matrices for.
    const pattern = new RegExp(`^(?:${config.target_modules})$`);
    const modules = [...student.checkpoint.tensors.keys()].map((name) => name.replace(/\.weight$/, ''));
    const adapted = modules.filter((name) => pattern.test(name));
    expect([...saved.keys()].sort()).toEqual(
      adapted.flatMap((name) => ['A', 'B'].map((m) => `base_model.model.${name}.lora_${m}.weight`)).sort(),
    );
    const lora = { ...fixture.lora, rank: config.r, alpha: config.lora_alpha };
    const named = new Map(
      [...saved].map(([name, tensor]) => [name.slice('base_model.model.'.length), tensor]),
    );
    expect(mergeLora(student.checkpoint.tensors, named, lora)).toEqual(
      mergeLora(student.checkpoint.tensors, under('before'), fixture.lora),
    );
  });

  it('can be an arm beside one that trains all weights', () => {
    const arm = (change: Record<string, string | number>) =>
      recipeSchema.safeParse({ arms: [{ key: 'lora', label: 'LoRA', change }] });
    const { data } = arm({ 'student.lora.rank': 2 });
    expect(armsOf(data!)[1]!.recipe.student).toEqual({
      visionEncoder: 'frozen',
      lora: { rank: 2, alpha: 16, targets: expect.any(Array) as unknown },
    });
    expect(arm({ 'student.lora.rank': 0 }).success).toBe(false);
  });

  it('keeps its vision encoder frozen', () => {
    const result = recipeSchema.safeParse({ student: { visionEncoder: 'trained', lora: {} } });
    expect(result.error!.issues[0]).toMatchObject({
      path: ['student', 'visionEncoder'],
      message: expect.stringMatching(/^LoRA leaves the student’s own weights/) as string,
    });
  });
});
