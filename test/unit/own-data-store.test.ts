import { expect, it, vi } from 'vitest';
import { readPairs } from '../../src/engine/models/checkpoints/checkpoint-index.ts';
import { askedOf } from '../../src/engine/data/asked-of.ts';
import { aboutOwnData } from '../../src/engine/data/own/about-own-data.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { commandsFor } from '../../src/panels/palette/commands.ts';
import { fieldGroupsFor, fieldsOf } from '../../src/panels/recipe/fields.ts';
import { choosePreset } from '../../src/store/address/choose-preset.ts';
import { fitDraft } from '../../src/store/fit-draft.ts';
import { takeBuiltInData, takeOwnData } from '../../src/store/own-data/own-data.ts';
import { isSame, loadable } from '../../src/store/slices/pair-slice.ts';
import { useStore } from '../../src/store/store.ts';
import type { SeenData } from '../../src/worker/protocol.ts';

/** The recipe of a page whose person has taken pictures of their own. */
const side = (questions: number) => ({ pictures: questions, questions, answered: questions });
const data = {
  key: 'birds@0123456789ab',
  sides: { training: { ...side(90), answered: 60 }, validation: side(10), 'held-out': side(20) },
};

it('a preset says how to learn: a person’s pictures stay; back to the built-in ones, the recipe is as it was', async () => {
  const { getState, setState } = useStore;
  vi.stubGlobal('window', {
    location: { href: 'http://localhost/' },
    history: { replaceState: () => undefined, pushState: () => undefined },
  });
  const before = { ...defaultRecipe, seed: 7 };
  getState().takeRecipe(aboutOwnData(before, data));
  setState({ taken: { data, before } });
  await choosePreset('nano-quick');
  expect(getState().draft).toMatchObject({
    pair: 'nano',
    data: { own: data.key, examples: 90, labelled: 60 },
  });
  expect(getState().issues).toEqual([]);
  // It is still that preset, and can be taken back.
  expect(getState()).toMatchObject({ preset: 'nano-quick', presetTaken: true });
  await takeBuiltInData();
  expect(getState().draft).toEqual({ ...before, pair: 'nano' });
  // Of a recipe that came by a link nobody knows what it was before.
  setState({ taken: undefined });
  getState().takeRecipe(aboutOwnData(before, data));
  await takeBuiltInData();
  expect(getState().draft).toEqual(before);
  // Nor of data that came after those that were taken.
  setState({ taken: { data, before: { ...before, seed: 8 } } });
  getState().takeRecipe(aboutOwnData(before, { ...data, key: 'fish@ba9876543210' }));
  await takeBuiltInData();
  expect(getState().draft).toEqual(before);
  // The same data under another name are loaded already.
  expect(isSame(loadable(aboutOwnData(before, data)), { pair: 'mini', own: 'vögel@0123456789ab' })).toBe(
    true,
  );
  expect(isSame(loadable(before), loadable(aboutOwnData(before, data)))).toBe(false);
});

const text = (questions: number) => ({ ...side(questions), pictures: 0 });
const ownText = {
  key: 'facts@fedcba987654',
  sides: { training: text(30), validation: text(4), 'held-out': text(6) },
};
const textRecipe = askedOf({ ...defaultRecipe, pair: 'text' }, false);

it('data follow their pair: where it cannot be asked about them, the built-in ones come in their place, and the page says so', async () => {
  const { getState, setState } = useStore;
  setState({ pairs: await readPairs(folderSource('public')), left: undefined });
  getState().takeRecipe({ ...aboutOwnData(defaultRecipe, data), pair: 'text' });
  fitDraft();
  expect(getState().draft.data.own).toBeUndefined();
  expect(getState().draft.data.examples).toBe(defaultRecipe.data.examples);
  expect(getState().draft.evaluation.split).toBe('held-out-text');
  expect(getState().left).toEqual({ key: data.key, word: 'pictures' });

  const own = aboutOwnData(textRecipe, ownText);
  expect(own.evaluation.split).toBe('held-out-text');
  setState({ left: undefined });
  getState().takeRecipe(own);
  fitDraft();
  expect(getState().draft).toEqual(own);
  expect(getState().left).toBeUndefined();
  getState().takeRecipe({ ...own, pair: 'nano' });
  fitDraft();
  expect(getState().draft).toMatchObject({ pair: 'nano', evaluation: { split: 'held-out-style' } });
  expect(getState().draft.data.own).toBeUndefined();
  expect(getState().left).toEqual({ key: ownText.key, word: 'questions' });
});

it('a preset keeps a person’s questions where its pair can be asked them', async () => {
  const { getState, setState } = useStore;
  setState({ taken: { data: ownText, before: textRecipe }, left: undefined });
  getState().takeRecipe(aboutOwnData(textRecipe, ownText));
  await choosePreset('text');
  expect(getState().draft).toMatchObject({
    pair: 'text',
    data: { own: ownText.key, examples: 30 },
    evaluation: { split: 'held-out-text' },
  });
  expect(getState().left).toBeUndefined();
  await choosePreset('nano-quick');
  expect(getState().draft).toMatchObject({ pair: 'nano', evaluation: { split: 'held-out-style' } });
  expect(getState().draft.data.own).toBeUndefined();
  expect(getState().left).toEqual({ key: ownText.key, word: 'questions' });
});

it('data that were read for another kind of pair are not taken', async () => {
  const { getState, setState } = useStore;
  setState({ load: { status: 'ready', pair: 'text' } });
  const seen = (of: typeof data) => ({ report: of }) as unknown as SeenData;
  for (const [recipe, foreign] of [
    [textRecipe, data],
    [defaultRecipe, ownText],
  ] as const) {
    getState().takeRecipe(recipe);
    await takeOwnData({ seen: seen(foreign), chosen: [] }, false);
    expect(getState().ownData).toMatchObject({
      step: 'choose',
      failure: { action: 'Open them for this pair.' },
    });
    expect(getState().draft.data.own).toBeUndefined();
  }
});

it('menus and commands name what the pair reads', () => {
  const { getState } = useStore;
  const named = () =>
    commandsFor(getState(), { scheme: 'light', set: () => undefined })
      .filter(({ group }) => group === 'Data')
      .map(({ label }) => label);
  getState().takeRecipe(aboutOwnData(textRecipe, ownText));
  expect(named()).toEqual(['Open your own questions', 'Back to the built-in questions']);
  getState().takeRecipe(defaultRecipe);
  expect(named()).toEqual(['Open your own pictures']);
});

it('the form has no fields that only the built-in pictures have', () => {
  const paths = (own?: string) =>
    fieldGroupsFor(true)
      .flatMap((group) => fieldsOf(group, own))
      .map(({ path }) => path);
  expect(paths().filter((path) => !paths(data.key).includes(path))).toEqual([
    'data.tasks',
    'data.unlabelledStyles',
  ]);
  const asked = fieldGroupsFor(true)
    .flatMap((group) => fieldsOf(group, data.key))
    .find(({ path }) => path === 'evaluation.split');
  expect(asked).toMatchObject({
    label: 'pictures asked about',
    options: [{ label: 'held-out pictures' }, { label: 'validation pictures' }],
  });
  const askedInText = fieldGroupsFor(false)
    .flatMap((group) => fieldsOf(group, ownText.key))
    .find(({ path }) => path === 'evaluation.split');
  expect(askedInText).toMatchObject({
    label: 'questions asked',
    options: [{ label: 'held-out questions' }, { label: 'validation questions' }],
  });
});
