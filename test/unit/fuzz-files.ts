import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { readPairs } from '../../src/engine/models/checkpoints/checkpoint-index.ts';
import type { ModelConfig } from '../../src/engine/models/config.ts';
import type { HostTensor } from '../../src/engine/models/host-tensor.ts';
import { parseConfig } from '../../src/engine/models/families/parse-config.ts';
import { loadCheckpoint, type Checkpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { parseSafetensors, writeSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import { readJson, type FileSource } from '../../src/engine/models/checkpoints/source.ts';
import { parseManifest, type Manifest } from '../../src/engine/data/emoji/manifest.ts';
import { readOwnData, type OwnData } from '../../src/engine/data/own/read-own-data.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { loadTokenizer, type VlmTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { mutateBytes, mutateJson, mutateText } from './mutations.ts';
import { bytesOf, headerOf, kind, textOf, withHeader, type Case } from './fuzz-kind.ts';

const shippedJson = (path: string): unknown => JSON.parse(readFileSync(`public/${path}`, 'utf8'));

/** The files of a folder below `public`, one of them replaced. */
function withFile(folder: string, name: string, bytes: Uint8Array): FileSource {
  const files = shippedFiles(folder);
  return {
    bytes: (path) => {
      const found = path === `${folder}/${name}` ? bytes : files.get(path);
      if (found === undefined)
        return Promise.reject(new EngineError('file-missing', `“${path}” is not there.`, 'Try again.'));
      return Promise.resolve(found);
    },
  };
}
const folders = new Map<string, Map<string, Uint8Array>>();
function shippedFiles(folder: string): Map<string, Uint8Array> {
  let files = folders.get(folder);
  if (files === undefined) {
    const names = readdirSync(`public/${folder}`, { withFileTypes: true }).filter((entry) => entry.isFile());
    files = new Map(
      names.map(({ name }) => [
        `${folder}/${name}`,
        new Uint8Array(readFileSync(`public/${folder}/${name}`)),
      ]),
    );
    folders.set(folder, files);
  }
  return files;
}

const tensors = new Map<string, HostTensor>([
  ['a.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['a.bias', { shape: [2], data: Float32Array.of(1, 2) }],
]);
const weights = writeSafetensors(tensors);
const tokenizers = (['nano-student', 'nano-teacher'] as const).map((name) => ({
  family: name === 'nano-student' ? ('idefics3' as const) : ('llava' as const),
  tokenizerJson: shippedJson(`checkpoints/${name}/tokenizer.json`),
  tokenizerConfig: shippedJson(`checkpoints/${name}/tokenizer_config.json`) as { chat_template: string },
}));
const configs = ['nano-student', 'nano-teacher'].map((name) =>
  shippedJson(`checkpoints/${name}/config.json`),
);
const textConfigs = ['llama', 'qwen2'].map(
  (name) => JSON.parse(readFileSync(`test/fixtures/text/${name}/config.json`, 'utf8')) as unknown,
);
const manifest = shippedJson('data/manifest.json');
const index = shippedJson('checkpoints/index.json');
const student = 'checkpoints/nano-student';

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

const saneTensors = (found: ReadonlyMap<string, HostTensor>) => {
  for (const { shape, data } of found.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
};
const saneConfig = (config: ModelConfig) => {
  const { rmsNormEps, ropeTheta, ropeScaling, attentionBias, headNorms, ...textCounts } = config.text;
  expect([typeof attentionBias, typeof headNorms]).toEqual(['boolean', 'boolean']);
  if (ropeScaling !== undefined) expect(ropeScaling.factor).toBeGreaterThan(0);
  for (const value of [rmsNormEps, ropeTheta]) expect(Number.isFinite(value)).toBe(true);
  for (const value of Object.values(textCounts)) expect(isCount(value), String(value)).toBe(true);
  expect(textCounts.heads % textCounts.kvHeads).toBe(0);
  if (config.vision === undefined) return;
  const { layerNormEps, postNorm, encoder, activation, ...visionCounts } = config.vision;
  expect([encoder, activation]).not.toContain(undefined);
  expect(typeof postNorm).toBe('boolean');
  expect(Number.isFinite(layerNormEps)).toBe(true);
  for (const value of [config.imageTokens, config.scaleFactor, ...Object.values(visionCounts)])
    expect(isCount(value), String(value)).toBe(true);
  expect(visionCounts.hiddenSize % visionCounts.heads).toBe(0);
};
const saneTokenizer = (tokenizer: VlmTokenizer) => {
  for (const question of ['Is this a dog?', 'What is 🦄?', '']) {
    const ids = [...tokenizer.encodeQuestion(question), ...tokenizer.encodeAnswer('Yes, “two”.')];
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
    expect(typeof tokenizer.decode(ids)).toBe('string');
  }
  expect(tokenizer.surface.tokens.length).toBeLessThanOrEqual(tokenizer.vocabularySize);
};
const saneModel = ({ config, tensors: found }: Checkpoint) => {
  expect(config.vision).toBeDefined();
  saneConfig(config);
  saneTensors(found);
};

const people = [
  '{"question": "Is it so?", "answer": "Yes."}\r\n{"instruction": "Name it.", "input": "dog", "output": "Dog.", "split": "train"}\n{"prompt": "More?", "completion": 2}',
  '[{"question": "Is it so?", "answer": "Yes."},\n {"question": "Why?", "answer": "[1], \\"{2}"}, {"question": "Where?"}]',
  'question;answer;split\n"Is it; so?";Yes.;train\nWhy?;"Be\ncause.";test\n',
];
const saneQuestions = ({ questions, report: { sides } }: OwnData) => {
  expect([sides.training.questions, sides['held-out'].answered]).not.toContain(0);
  const sideOf = new Map<string, string>();
  for (const { hash, question, side } of questions) {
    expect([question, sideOf.get(hash) ?? side]).toEqual([question.trim() || question, side]);
    sideOf.set(hash, side);
  }
};

/** What checkpoints and pictures are read from. */
export const fileCases: Case<unknown>[] = [
  kind(
    'safetensors, bytes',
    150,
    (random) => parseSafetensors(mutateBytes(weights, random), 'x'),
    saneTensors,
  ),
  kind(
    'safetensors, header and metadata',
    150,
    (random) => {
      const { json, rest } = headerOf(weights, 8);
      return parseSafetensors(withHeader(textOf(mutateJson(json, random)), rest, 8), 'x');
    },
    saneTensors,
  ),
  kind('config.json', 200, (random) => parseConfig(mutateJson(random.pick(configs), random)), saneConfig),
  kind(
    'config.json of a model of text alone',
    200,
    (random) => parseConfig(mutateJson(random.pick(textConfigs), random)),
    saneConfig,
  ),
  kind(
    'picture manifest',
    100,
    (random) => parseManifest(mutateJson(manifest, random)),
    ({ concepts, styles, columns }: Manifest) => {
      expect(isCount(columns)).toBe(true);
      for (const { cells } of styles) expect(cells).toHaveLength(concepts.length);
    },
  ),
  kind(
    'checkpoint index',
    100,
    (random) => {
      const bytes = bytesOf(textOf(mutateJson(index, random)));
      return readPairs(withFile('checkpoints', 'index.json', bytes));
    },
    (pairs) => {
      for (const { key, teacher } of pairs) expect([key !== '', teacher.folder !== '']).toEqual([true, true]);
    },
  ),
  ...[
    'model.safetensors.index.json',
    'integrity.json',
    'preprocessor_config.json',
    'config.json',
    'model-00001-of-00001.safetensors',
  ].map((file) =>
    kind(
      `a checkpoint folder with another ${file}`,
      40,
      (random) => {
        const bytes = shippedFiles(student).get(`${student}/${file}`)!;
        const damaged =
          file.endsWith('.json') && random.next() < 0.7
            ? bytesOf(textOf(mutateJson(JSON.parse(new TextDecoder().decode(bytes)) as unknown, random)))
            : mutateBytes(bytes.subarray(0, 20_000), random);
        return loadCheckpoint(withFile(student, file, damaged), student);
      },
      saneModel,
    ),
  ),
  kind(
    'JSON as bytes',
    100,
    (random) => {
      const bytes = mutateBytes(bytesOf(JSON.stringify(configs[0])), random);
      return readJson(withFile('checkpoints', 'index.json', bytes), 'checkpoints/index.json');
    },
    () => undefined,
  ),
  kind(
    'a person’s questions',
    300,
    (random) => {
      const text = random.pick(people);
      const path = `${random.pick(['train', 'test', 'mine'])}${random.pick(['.jsonl', '.json', '.csv'])}`;
      const content = random.next() < 0.5 ? mutateText(text, random) : mutateBytes(bytesOf(text), random);
      const files = [{ path, file: new Blob([content as Uint8Array<ArrayBuffer>]) }];
      return readOwnData(files, () => Promise.reject(new Error('no picture')), undefined);
    },
    saneQuestions,
  ),
  kind(
    'tokenizer.json',
    300,
    (random) => {
      const { family, tokenizerJson, tokenizerConfig } = random.pick(tokenizers);
      const changed = mutateJson(tokenizerJson, random);
      return loadTokenizer({ tokenizerJson: changed, tokenizerConfig }, { family, imageTokens: 4, grid: 1 });
    },
    saneTokenizer,
  ),
  kind(
    'tokenizer_config.json and chat template',
    200,
    (random) => {
      const { family, tokenizerJson, tokenizerConfig: config } = random.pick(tokenizers);
      const tokenizerConfig =
        random.next() < 0.5
          ? mutateJson(config, random)
          : { ...config, chat_template: mutateText(config.chat_template, random) };
      return loadTokenizer({ tokenizerJson, tokenizerConfig }, { family, imageTokens: 4, grid: 1 });
    },
    saneTokenizer,
  ),
];
