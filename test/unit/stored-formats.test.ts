import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { latestRecipe, recordUntil } from '../../src/engine/run/record.ts';
import { decodeState, describeState, encodeState } from '../../src/engine/run/saved-state.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { readBundle } from '../../src/store/files/bundle.ts';
import { shippedDataset } from './data-fixtures.ts';

/**
 * Files of every version that a page has written (`fixtures/stored/make.ts`), opened by the present one. The database's are in
 * `gpu/stored-database.test.ts`.
 */
const fixture = (name: string) => readFileSync(`test/fixtures/stored/${name}`);
/** What recipes have had to say since: files without these fields mean what they always meant. */
const fieldsSince = { unlabelledStyles: [], views: 'plain' };
/** The same with those fields in every recipe. */
const withNewFields = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === 'data'
      ? { ...(inner as object), ...fieldsSince }
      : key === 'recipe'
        ? { ...(inner as object), seeds: 1 }
        : inner,
  ) as T;
const json = (name: string) => JSON.parse(fixture(name).toString()) as Record<string, unknown>;

describe('files of earlier versions', () => {
  it('a record', () => {
    const record = recordFromJson(json('record-1.json'));
    expect(record).toMatchObject({ format: 1, id: 'done', outcome: 'done' });
    expect(record.events).toHaveLength(22);
    // Its page counted a rest of 100 ms, from 1800 to 1900.
    const { events, ...head } = json('record-1.json') as { events: { at: number }[] };
    const rested = events.map(({ at, ...rest }) => ({ at: at > 1800 ? at - 100 : at, ...rest }));
    expect(JSON.parse(JSON.stringify(recordToJson(record)))).toEqual(
      withNewFields({ ...head, events: rested }),
    );
  });

  it('a saved state', () => {
    const state = decodeState(new Uint8Array(fixture('state-3.bin')));
    const seeds = [{ random: [1, 2, 3, 4], order: [2, 0, 1], cursor: 1 }];
    expect(state).toMatchObject({ step: 4, seconds: 12, trainSeconds: 8, seeds, recipe: { seeds: 1 } });
    expect(state.tensors.get('main/w')).toEqual(Float32Array.of(0.1, -1.5, 3e-8));
    expect(state.recipe.data).toMatchObject(fieldsSince);
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('the teacher’s answers in a saved state, by keys of the same text', async () => {
    const data = await shippedDataset();
    const { styles } = defaultRecipe.data;
    const examples = data.training({ tasks: questionTypes, styles, seed: 1, count: 7, views: 'plain' });
    expect(examples.map((example) => data.promptKey(example))).toEqual([
      '4/noto@0|What is in the picture?|',
      '181/emojione@0|What kind of thing is this?|',
      '16/fluent-emoji-flat@0|Is it a bee?|',
      '73/twemoji@2+74/emojione@1+35/twemoji@3+26/noto@0|How many things are there?|',
      '29/emojione@1+59/twemoji@2|What is at the top right?|',
      '20/emojione@0+188/emojione@1+20/emojione@2+20/emojione@3|Which one is different?|',
      '62/fluent-emoji-flat@0+125/fluent-emoji-flat@3|Which things are there?|',
    ]);
  });

  it('a bundle, its record and its state together', async () => {
    const { record, state } = await readBundle(new Uint8Array(fixture('bundle-1.zip')));
    expect(record).toMatchObject({ id: 'cut', outcome: 'running' });
    const past = recordUntil(record, describeState(state!));
    expect(latestRecipe(past)).toEqual(describeState(state!).recipe);
  });

  it('a link: what it names is what it was, and the rest is what this page takes by default', () => {
    const { link, recipe } = json('link-1.json') as { link: string; recipe: Recipe };
    const { student, stages } = defaultRecipe;
    const { learningRate, finalLearningRate } = stages.distil;
    const distil = { ...recipe.stages.distil, learningRate, finalLearningRate };
    const meant = withNewFields({
      recipe: { ...recipe, student, stages: { ...recipe.stages, distil } },
    }).recipe;
    expect(recipeFromLink(link)).toEqual({
      recipe: meant,
      refused: [],
    });
    expect(recipeToLink(meant)).toBe(link);
  });
});

describe('files of other versions', () => {
  const state = new Uint8Array(fixture('state-3.bin'));
  const withHeader = (header: string) => {
    const text = new TextEncoder().encode(header);
    const bytes = new Uint8Array(4 + text.length);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 4);
    return bytes;
  };
  const header = new TextDecoder().decode(
    state.subarray(4, 4 + new DataView(state.buffer).getUint32(0, true)),
  );
  const refused = (message: RegExp, action: RegExp, code = 'state-mismatch') =>
    expect.objectContaining({
      code,
      message: expect.stringMatching(message) as string,
      action: expect.stringMatching(action) as string,
    }) as Error;

  it.each([
    ['newer', withHeader(header.replace('"version":3', '"version":5')), /newer version/, /Reload the page/],
    [
      'older',
      withHeader(header.replace('"version":3', '"version":2')),
      /older version.*\(2\)/,
      /Start the run/,
    ],
    ['without a version', withHeader('{}'), /does not say its version/, /Start the run/],
    ['no JSON', withHeader('{'), /damaged: its header is not JSON/, /Start the run/],
    ['cut in its header', state.slice(0, 40), /damaged: it is cut short/, /Start the run/],
    ['cut in its tensors', state.slice(0, -4), /damaged: it has 1531 bytes instead of 1535/, /Start the run/],
    ['followed by something', Uint8Array.of(...state, 0), /damaged: it has 1536 bytes/, /Start the run/],
    ['empty', new Uint8Array(), /damaged: it is cut short/, /Start the run/],
    [
      'with a wrong field',
      withHeader(header.replace('"step":4', '"step":"four"')),
      /damaged: step is of the wrong kind/,
      /Start the run/,
    ],
  ])('a state that is %s says so plainly', (_, bytes, message, action) => {
    expect(() => describeState(bytes)).toThrow(refused(message, action));
    expect(() => decodeState(bytes)).toThrow(refused(message, action));
  });

  it('a record or a link of a newer page says to reload', () => {
    expect(() => recordFromJson({ ...json('record-1.json'), format: 2 })).toThrow(
      refused(/newer version/, /Reload the page/, 'bundle-invalid'),
    );
    expect(recipeFromLink('version=2&pair=nano&hologram=true')).toMatchObject({
      refused: [{ message: expect.stringMatching(/newer version.*Reload/) as string }],
    });
  });
});
