import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import type { HostTensor } from '../../src/engine/models/host-tensor.ts';
import { makeTokenBatch, type TokenBatch } from '../../src/engine/data/batch.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import type { Example } from '../../src/engine/data/example.ts';
import { pixelsOf } from '../../src/engine/data/picture-of.ts';
import { examplePatches, pictureReader, toPixelValues } from '../../src/engine/data/preprocess.ts';
import { withPictures } from '../../src/engine/models/families/families.ts';
import type { StageKey } from '../../src/engine/method/stages.ts';
import { GenRecalLosses, teacherFeatures } from '../../src/engine/train/tfjs/genrecal-losses.ts';
import { Recalibrator, recalibratorContext } from '../../src/engine/tfjs/recalibrator.ts';
import { generate, prompts } from '../../src/engine/tfjs/generate.ts';
import { answerPredictors, sequenceFeatures } from '../../src/engine/tfjs/features.ts';
import { modelInputs, patchTensor, type ModelInputs } from '../../src/engine/tfjs/inputs.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loadData, loadModel, loadTextData, type LoadedModel } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { opened } from './device.ts';

/** The engine against PyTorch, in f32, on the shipped weights and real questions (pytorch/make_fixtures.py). */
const folder = 'test/fixtures/parity';
const source = folderSource('public');

interface TokenFixture {
  questionLength: number;
  answerLength: number;
  ids: number[][];
  mask: number[][];
  positions: number[][];
  imagePositions: number[][];
}

const readJson = <T>(name: string): T => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as T;
const readArrays = (name: string): Map<string, HostTensor> =>
  parseSafetensors(new Uint8Array(readFileSync(`${folder}/${name}.safetensors`)), name);

opened();
let data: Dataset;

beforeAll(async () => {
  data = await loadData(source);
});

/** Largest |difference| over the entries with a non-zero mask. */
async function largestDifference(
  actual: tf.Tensor,
  expected: HostTensor,
  mask?: (i: number) => boolean,
): Promise<number> {
  const values = await actual.data();
  expect(values.length).toBe(expected.data.length);
  let largest = 0;
  values.forEach((value, i) => {
    if (mask === undefined || mask(i)) largest = Math.max(largest, Math.abs(value - expected.data[i]!));
  });
  return largest;
}

/** PyTorch's pictures are [3, S, S], ours [S, S, 3]. */
function channelsFirst(pixels: Float32Array, size: number): Float32Array {
  const out = new Float32Array(pixels.length);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++) out[(c * size + y) * size + x] = pixels[(y * size + x) * 3 + c]!;
  return out;
}

function checkTokens(tokens: TokenBatch, fixture: TokenFixture): void {
  expect([tokens.Nq, tokens.Na]).toEqual([fixture.questionLength, fixture.answerLength]);
  expect(Array.from(tokens.mask)).toEqual(fixture.mask.flat());
  tokens.ids.forEach((id, i) => {
    if (tokens.mask[i] === 1) expect(id).toBe(fixture.ids.flat()[i]);
  });
  expect(Array.from(tokens.imagePositions)).toEqual(fixture.imagePositions.flat());
}

function inputsOf(model: LoadedModel, examples: Example[], fixture: TokenFixture): ModelInputs {
  const tokens = makeTokenBatch(model.tokenizer, examples, {
    Nq: fixture.questionLength,
    Na: fixture.answerLength,
  });
  checkTokens(tokens, fixture);
  return modelInputs(model.config, tokens, examplePatches(model, data, examples));
}

function pixelValues(model: LoadedModel, examples: Example[]): Float32Array[] {
  const { config, checkpoint } = pictureReader(model)!;
  return examples.map((example) =>
    toPixelValues(pixelsOf(data, example), config.vision.imageSize, checkpoint.preprocessor),
  );
}

const shipped = readdirSync('public/checkpoints', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('forward passes equal PyTorch’s', () => {
  it('every shipped checkpoint has a fixture', () => {
    expect(shipped.length).toBeGreaterThan(0);
    for (const name of shipped) expect(existsSync(`${folder}/${name}.json`), name).toBe(true);
  });

  it.each(shipped.filter((name) => name.startsWith('text-')))('%s, without pictures', async (name) => {
    const { exampleSchema } = await loadTextData(source);
    const fixture = readJson<TokenFixture & { examples: unknown[]; generated: number[][] }>(name);
    const examples = fixture.examples.map((example) => exampleSchema.parse(example));
    const arrays = readArrays(name);
    const model = await loadModel(source, `checkpoints/${name}`);
    const vlm = new Vlm(model.config, uploadWeights(model.checkpoint.tensors));
    const inputs = inputsOf(model, examples, fixture);
    const { hiddenSize, vocabularySize } = model.config.text;
    const z = sequenceFeatures(vlm, inputs);
    expect(
      await largestDifference(z, arrays.get('z')!, (i) => inputs.mask[Math.floor(i / hiddenSize)] === 1),
    ).toBeLessThan(1e-4);
    const answered = await inputs.labelWeights.data();
    expect(
      await largestDifference(
        vlm.head(answerPredictors(z, inputs)),
        arrays.get('answer_logits')!,
        (i) => answered[Math.floor(i / vocabularySize)] === 1,
      ),
    ).toBeLessThan(1e-4);
    const tokens = makeTokenBatch(model.tokenizer, examples, {
      Nq: fixture.questionLength,
      Na: fixture.answerLength,
    });
    const ids = await generate(vlm, prompts(model.config, tokens, undefined, 12));
    const { eosId, padId } = model.tokenizer;
    expect(ids.map((row) => row.map((id, t) => (row.slice(0, t).includes(eosId) ? padId : id)))).toEqual(
      fixture.generated,
    );
  });

  it.each(shipped.filter((name) => !name.startsWith('text-')))('%s', async (name) => {
    const fixture = readJson<TokenFixture & { examples: unknown[]; generated: number[][] }>(name);
    const examples = fixture.examples.map((example) => data.exampleSchema.parse(example));
    const arrays = readArrays(name);
    const model = await loadModel(source, `checkpoints/${name}`);
    const vlm = new Vlm(model.config, uploadWeights(model.checkpoint.tensors));
    const inputs = inputsOf(model, examples, fixture);
    const pixels = pixelValues(model, examples);
    const { config } = withPictures(model.config);
    const { imageSize } = config.vision;
    const expectedPixels = arrays.get('pixel_values')!.data;
    pixels.forEach((picture, b) => {
      const ours = channelsFirst(picture, imageSize);
      ours.forEach((value, i) =>
        expect(Math.abs(value - expectedPixels[b * ours.length + i]!)).toBeLessThan(1e-6),
      );
    });
    expect(Array.from(inputs.positions).filter((_, i) => inputs.mask[i] === 1)).toEqual(
      fixture.positions.flat().filter((_, i) => inputs.mask[i] === 1),
    );

    const batch = examples.length;
    const hostPatches = examplePatches(model, data, examples)!;
    const patches = patchTensor(config, hostPatches);
    expect(
      await largestDifference(vlm.visionFeatures(patches, batch), arrays.get('vision_features')!),
    ).toBeLessThan(1e-4);
    expect(
      await largestDifference(vlm.imageTokens(patches, batch), arrays.get('image_features')!),
    ).toBeLessThan(1e-4);
    const z = sequenceFeatures(vlm, inputs);
    const width = model.config.text.hiddenSize;
    expect(
      await largestDifference(z, arrays.get('z')!, (i) => inputs.mask[Math.floor(i / width)] === 1),
    ).toBeLessThan(1e-4);
    const answered = await inputs.labelWeights.data();
    const logits = vlm.head(answerPredictors(z, inputs));
    const vocabulary = model.config.text.vocabularySize;
    expect(
      await largestDifference(
        logits,
        arrays.get('answer_logits')!,
        (i) => answered[Math.floor(i / vocabulary)] === 1,
      ),
    ).toBeLessThan(1e-4);

    const tokens = makeTokenBatch(model.tokenizer, examples, {
      Nq: fixture.questionLength,
      Na: fixture.answerLength,
    });
    const answers = await generate(
      vlm,
      prompts(model.config, tokens, hostPatches, fixture.generated[0]!.length),
    );
    const untilEnd = (ids: number[]) => {
      const end = ids.indexOf(model.tokenizer.eosId);
      return end < 0 ? ids : ids.slice(0, end + 1);
    };
    expect(answers.map(untilEnd)).toEqual(fixture.generated.map(untilEnd));
  });
});

interface Case {
  label: string;
  stage: StageKey;
  options: { loss: object; recalibrator: object };
  terms: Record<string, number>;
  gradientNorms: Record<string, number>;
}

interface RecalibratorFixture {
  teacher: string;
  student: string;
  examples: unknown[];
  teacherInputs: TokenFixture;
  studentInputs: TokenFixture;
  cases: Case[];
}

describe('the Recalibrator’s losses and gradients equal PyTorch’s', () => {
  const fixture = readJson<RecalibratorFixture>('recalibrator-nano');
  const arrays = readArrays('recalibrator-nano');
  const recWeights = new Map([...arrays].filter(([name]) => name.startsWith('rec.')));
  let teacher: LoadedModel;
  let student: LoadedModel;

  beforeAll(async () => {
    [teacher, student] = await Promise.all([
      loadModel(source, `checkpoints/${fixture.teacher}`),
      loadModel(source, `checkpoints/${fixture.student}`),
    ]);
  });

  it.each(fixture.cases)('$label', async ({ stage, options, terms: expected, gradientNorms }) => {
    const recipe = recipeSchema.parse(options);
    const weights = uploadWeights(new Map([...student.checkpoint.tensors, ...recWeights]));
    const names = Object.keys(gradientNorms);
    const variables = new Map(names.map((name) => [name, tf.variable(weights.get(name)!)]));
    const all = new Map<string, tf.Tensor>([...weights, ...variables]);
    const teacherVlm = new Vlm(teacher.config, uploadWeights(teacher.checkpoint.tensors));
    const studentVlm = new Vlm(student.config, all);
    const objective = new GenRecalLosses(
      recipe,
      studentVlm,
      teacherVlm,
      new Recalibrator(student.config, recipe.recalibrator, all),
    );
    const examples = fixture.examples.map((example) => data.exampleSchema.parse(example));
    const studentInputs = inputsOf(student, examples, fixture.studentInputs);
    const teacherInputs = inputsOf(teacher, examples, fixture.teacherInputs);
    const features = teacherFeatures(teacherVlm, teacherInputs, recipe);
    const context = recalibratorContext(
      student.config,
      studentInputs,
      teacherInputs,
      recipe.recalibrator.reassignPositions,
    );
    let terms: ReturnType<GenRecalLosses['terms']> = {};
    const { grads } = tf.variableGrads(() => {
      terms =
        stage === 'finetune'
          ? objective.withoutRecalibrator(stage, studentInputs)
          : objective.terms(stage, { student: studentInputs, teacher: teacherInputs, features, context });
      for (const term of Object.values(terms)) tf.keep(term);
      return terms.total!;
    }, [...variables.values()]);
    expect(Object.keys(terms).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, term] of Object.entries(terms)) {
      const value = (await term.data())[0]!;
      expect(Math.abs(value - expected[key]!) / Math.max(Math.abs(expected[key]!), 1e-3), key).toBeLessThan(
        1e-3,
      );
    }
    const largest = Math.max(...Object.values(gradientNorms));
    for (const name of names) {
      const gradient = grads[variables.get(name)!.name];
      expect(gradient, name).toBeDefined();
      const norm = Math.hypot(...(await gradient!.data()));
      // Relative to the gradient itself, but never finer than f32 can tell beside the largest one.
      const scale = Math.max(gradientNorms[name]!, largest * 1e-4);
      expect(Math.abs(norm - gradientNorms[name]!) / scale, name).toBeLessThan(1e-3);
      const full = arrays.get(`gradient.${stage}.${name}`);
      if (full !== undefined && fixture.cases.find((c) => c.stage === stage)!.options === options)
        expect(
          (await largestDifference(gradient!, full)) / Math.max(...full.data.map(Math.abs), 1e-4),
          name,
        ).toBeLessThan(1e-3);
    }
  });
});
