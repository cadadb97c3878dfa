import { unzipSync, zipSync } from 'fflate';
import { expect } from 'vitest';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import type { RunRecord } from '../../src/engine/run/record.ts';
import {
  decodeState,
  describeState,
  encodeState,
  type SavedState,
} from '../../src/engine/run/saved-state.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { parseRecipe } from '../../src/engine/recipe/schema.ts';
import { readNumber } from '../../src/engine/recipe/text/typed-number.ts';
import { readNumbers } from '../../src/engine/recipe/text/typed-numbers.ts';
import { sha256 } from '../../src/engine/sha256.ts';
import { readBundle, writeBundle } from '../../src/store/files/bundle.ts';
import { metricsCsv } from '../../src/store/files/csv.ts';
import { readRecipeFile } from '../../src/store/files/recipe-file.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { readView } from '../../src/store/address/view-link.ts';
import { mutateBytes, mutateJson, mutateText } from './mutations.ts';
import { recipe, recorded, stateOf } from './run-fixtures.ts';
import { bytesOf, headerOf, kind, textOf, withHeader, type Case } from './fuzz-kind.ts';

const record = recorded();
const state = stateOf(record, {
  answers: { a: 'Dog.' },
  seeds: [{ random: [1, 2, 3, 4], order: [0, 1], cursor: 1 }],
  tensors: new Map([['main/w', Float32Array.of(1, 2, 3)]]),
});
const stateBytes = encodeState(state);
const bundle = new Uint8Array(await (await writeBundle({ record, state: stateBytes })).arrayBuffer());
const bundled = unzipSync(bundle);
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
/** What a person types, opens, or follows a link to. */
export const runCases: Case<unknown>[] = [
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
