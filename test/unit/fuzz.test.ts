import { readdirSync, readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readPairs } from '../../src/engine/checkpoints/checkpoint-index.ts';
import { parseConfig, type VlmConfig } from '../../src/engine/checkpoints/config.ts';
import { loadCheckpoint, type Checkpoint } from '../../src/engine/checkpoints/load-checkpoint.ts';
import {
  parseSafetensors,
  writeSafetensors,
  type HostTensor,
} from '../../src/engine/checkpoints/safetensors.ts';
import { readJson, type FileSource } from '../../src/engine/checkpoints/source.ts';
import { parseManifest, type Manifest } from '../../src/engine/data/manifest.ts';
import { recordFromJson, recordToJson } from '../../src/engine/distill/run-record-json.ts';
import type { RunRecord } from '../../src/engine/distill/run-record.ts';
import {
  decodeState,
  describeState,
  encodeState,
  type SavedState,
} from '../../src/engine/distill/saved-state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { Random } from '../../src/engine/random.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { parseRecipe } from '../../src/engine/recipe/schema.ts';
import { readNumber } from '../../src/engine/recipe/typed-number.ts';
import { readNumbers } from '../../src/engine/recipe/typed-numbers.ts';
import { sha256 } from '../../src/engine/sha256.ts';
import { loadTokenizer, type VlmTokenizer } from '../../src/engine/tokenizers/tokenizer.ts';
import { readBundle, writeBundle } from '../../src/store/bundle.ts';
import { metricsCsv } from '../../src/store/csv.ts';
import { readRecipeFile } from '../../src/store/recipe-file.ts';
import { runRow } from '../../src/store/run-row.ts';
import { readView } from '../../src/store/view-link.ts';
import { mutateBytes, mutateJson, mutateText } from './mutations.ts';
import { recipe, recorded } from './run-fixtures.ts';

/** Every parser of the project, fed with damaged input: a sane value or one clear error, and nothing in between. */

const bytesOf = (text: string) => new TextEncoder().encode(text);
/** What `JSON.stringify` cannot write, a file can hold all the same. */
function textOf(json: unknown): string {
  try {
    return JSON.stringify(json) ?? '';
  } catch {
    return '['.repeat(100_000) + ']'.repeat(100_000);
  }
}
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

const record = recorded();
const state: SavedState = {
  recipe: record.recipe,
  dataHash: record.dataHash,
  teacher: record.checkpoints.teacher,
  student: record.checkpoints.student,
  step: 4,
  seconds: 1,
  trainSeconds: 1,
  untold: [],
  answers: { a: 'Dog.' },
  random: [1, 2, 3, 4],
  order: [0, 1],
  cursor: 1,
  tensors: new Map([['main/w', Float32Array.of(1, 2, 3)]]),
};
const stateBytes = encodeState(state);
const tensors = new Map<string, HostTensor>([
  ['a.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['a.bias', { shape: [2], data: Float32Array.of(1, 2) }],
]);
const weights = writeSafetensors(tensors);
const bundle = new Uint8Array(await (await writeBundle({ record, state: stateBytes })).arrayBuffer());
const bundled = unzipSync(bundle);
const tokenizers = (['nano-student', 'nano-teacher'] as const).map((name) => ({
  family: name === 'nano-student' ? ('idefics3' as const) : ('llava' as const),
  tokenizerJson: shippedJson(`checkpoints/${name}/tokenizer.json`),
  tokenizerConfig: shippedJson(`checkpoints/${name}/tokenizer_config.json`) as { chat_template: string },
}));
const configs = ['nano-student', 'nano-teacher'].map((name) =>
  shippedJson(`checkpoints/${name}/config.json`),
);
const manifest = shippedJson('data/manifest.json');
const index = shippedJson('checkpoints/index.json');
const student = 'checkpoints/nano-student';

/** A header between its length and the bytes behind it. */
function withHeader(header: string, rest: Uint8Array, lengthBytes: 4 | 8): Uint8Array {
  const encoded = bytesOf(header);
  const bytes = new Uint8Array(lengthBytes + encoded.length + rest.length);
  new DataView(bytes.buffer).setUint32(0, encoded.length, true);
  bytes.set(encoded, lengthBytes);
  bytes.set(rest, lengthBytes + encoded.length);
  return bytes;
}
const headerOf = (bytes: Uint8Array, lengthBytes: 4 | 8) => {
  const end = lengthBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(lengthBytes, end))) as unknown;
  return { json, rest: bytes.slice(end) };
};

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

/** One kind of input: `read` gets it damaged; what it accepts must be sane. */
interface Case<T> {
  name: string;
  count: number;
  read: (random: Random) => T | Promise<T>;
  sane: (value: T) => void;
}
const kind = <T>(
  name: string,
  count: number,
  read: Case<T>['read'],
  sane: Case<T>['sane'],
): Case<unknown> => ({ name, count, read, sane: sane as Case<unknown>['sane'] });

const saneTensors = (found: ReadonlyMap<string, HostTensor>) => {
  for (const { shape, data } of found.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
};
const saneConfig = ({ vision, text, imageTokens, scaleFactor }: VlmConfig) => {
  const { layerNormEps, ...visionCounts } = vision;
  const { rmsNormEps, ropeTheta, attentionBias, ...textCounts } = text;
  expect(typeof attentionBias).toBe('boolean');
  for (const value of [layerNormEps, rmsNormEps, ropeTheta]) expect(Number.isFinite(value)).toBe(true);
  for (const value of [
    imageTokens,
    scaleFactor,
    ...Object.values(visionCounts),
    ...Object.values(textCounts),
  ])
    expect(isCount(value), String(value)).toBe(true);
  expect(vision.hiddenSize % vision.heads).toBe(0);
  expect(text.heads % text.kvHeads).toBe(0);
};
const saneTokenizer = (tokenizer: VlmTokenizer) => {
  for (const question of ['Is this a dog?', 'What is 🦄?', '']) {
    const ids = [...tokenizer.encodeQuestion(question), ...tokenizer.encodeAnswer('Yes, “two”.')];
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
    expect(typeof tokenizer.decode(ids)).toBe('string');
  }
  expect(tokenizer.surface.tokens.length).toBeLessThanOrEqual(tokenizer.vocabularySize);
};
const saneRecord = (run: RunRecord) => {
  expect(runRow(run).step).toBeGreaterThanOrEqual(0);
  expect(metricsCsv([run])).not.toContain('undefined');
  expect(parseRecipe(run.recipe).ok).toBe(true);
};
const saneState = ({
  described,
  decoded,
}: {
  described: Omit<SavedState, 'tensors'>;
  decoded: SavedState;
}) => {
  expect(parseRecipe(described.recipe).ok).toBe(true);
  expect(decoded.step).toBe(described.step);
  for (const data of decoded.tensors.values()) expect(data).toBeInstanceOf(Float32Array);
};
const readState = (bytes: Uint8Array) => ({ described: describeState(bytes), decoded: decodeState(bytes) });
const saneModel = ({ config, tensors: found }: Checkpoint) => {
  saneConfig(config);
  saneTensors(found);
};

const cases: Case<unknown>[] = [
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
    'tokenizer.json',
    300,
    (random) => {
      const { family, tokenizerJson, tokenizerConfig } = random.pick(tokenizers);
      const changed = mutateJson(tokenizerJson, random);
      return loadTokenizer({ tokenizerJson: changed, tokenizerConfig }, { family, imageTokens: 4 });
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
      return loadTokenizer({ tokenizerJson, tokenizerConfig }, { family, imageTokens: 4 });
    },
    saneTokenizer,
  ),
  kind(
    'recipe',
    200,
    (random) => parseRecipe(mutateJson(recipe(), random)),
    (result) => {
      if (result.ok) expect(parseRecipe(result.recipe)).toEqual(result);
      else for (const { message } of result.issues) expect(message).toMatch(/^[A-Z“].*\.$/s);
    },
  ),
  kind(
    'recipe file',
    100,
    (random) => readRecipeFile(mutateJson(recipe(), random)),
    (taken) => taken && expect(parseRecipe(taken).ok).toBe(true),
  ),
  kind(
    'link',
    100,
    (random) => {
      const link = recipeToLink(
        recipe({ seed: 1234, data: { tasks: ['name'] }, loss: { temperature: 2.5 } }),
      );
      return recipeFromLink(mutateText(random.next() < 0.5 ? link : decodeURIComponent(link), random));
    },
    ({ recipe: taken, refused }) => {
      expect(parseRecipe(taken)).toEqual({ ok: true, recipe: taken });
      for (const { message } of refused) expect(message).toMatch(/^[A-Z“].*[.?]$/s);
    },
  ),
  kind(
    'view in the address',
    50,
    (random) => readView(mutateText('?view=embed&hide=result,answers', random)),
    ({ view }) => expect(['full', 'projector', 'embed']).toContain(view),
  ),
  kind('record', 120, (random) => recordFromJson(mutateJson(recordToJson(record), random)), saneRecord),
  kind('saved state, bytes', 150, (random) => readState(mutateBytes(stateBytes, random)), saneState),
  kind(
    'saved state, header',
    150,
    (random) => {
      const { json, rest } = headerOf(stateBytes, 4);
      return readState(withHeader(textOf(mutateJson(json, random)), rest, 4));
    },
    saneState,
  ),
  kind(
    'bundle, bytes',
    150,
    (random) => readBundle(mutateBytes(bundle, random)),
    ({ record: run }) => saneRecord(run),
  ),
  kind(
    'bundle, its files',
    100,
    async (random) => {
      const name = random.pick(Object.keys(bundled));
      const bytes = bundled[name]!;
      const damaged =
        name.endsWith('.json') && random.next() < 0.7
          ? bytesOf(textOf(mutateJson(JSON.parse(new TextDecoder().decode(bytes)) as unknown, random)))
          : mutateBytes(bytes, random);
      const files = { ...bundled, [name]: damaged };
      const contents = JSON.parse(new TextDecoder().decode(bundled['bundle.json'])) as {
        files: Record<string, object>;
      };
      // Whoever damages a file on purpose also writes its hash.
      if (name !== 'bundle.json') {
        contents.files[name] = { bytes: damaged.byteLength, sha256: await sha256(damaged) };
        files['bundle.json'] = bytesOf(JSON.stringify(contents));
      }
      return readBundle(zipSync(files, { level: 1 }));
    },
    ({ record: run }) => saneRecord(run),
  ),
  kind(
    'typed number',
    300,
    (random) => {
      const text = mutateText(random.pick(['1,000', '1e-3', '0,001', '12 345.6', '-7']), random);
      return [readNumber(text, random.pick(['whole', 'any'])), readNumbers(text, 'any')] as const;
    },
    ([one, many]) => {
      if (one.ok) expect(Number.isFinite(one.value)).toBe(true);
      else expect(one.message).toMatch(/^[A-Z“].*\.$/s);
      if (many.ok) expect(many.values.every(Number.isFinite)).toBe(true);
      else expect(many.message).toMatch(/^[A-Z“].*\.$/s);
    },
  ),
];

/** What JavaScript and libraries say of themselves, and nobody can act on. */
const raw =
  /Cannot read|is not a function|is not iterable|Maximum call stack|is not defined|\[object |Invalid array length|outside the bounds|Unexpected token '|Invalid input|^\[|received null/;

describe('damaged input', () => {
  it.each(cases)('$name: $count times a sane value or one clear error', async ({ count, read, sane }) => {
    for (let seed = 1; seed <= count; seed++) {
      const random = new Random(seed);
      let value: unknown;
      try {
        value = await read(random);
      } catch (error) {
        const about = `seed ${seed}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`;
        expect(error, about).toBeInstanceOf(EngineError);
        const { code, message, action } = error as EngineError;
        expect(code, about).not.toBe('internal');
        expect(message, about).toMatch(/^\S.{15,600}$/s);
        expect(message, about).not.toMatch(raw);
        expect(action, about).toMatch(/^[A-Z].*\.$/s);
        continue;
      }
      try {
        sane(value);
      } catch (error) {
        throw new Error(`seed ${seed} was accepted`, { cause: error });
      }
    }
  });

  it('is at least a thousand times tried, and reaches no prototype', () => {
    expect(cases.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(1000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
