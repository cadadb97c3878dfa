import { beforeEach, expect, it, vi } from 'vitest';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { client } from '../../src/store/engine/client.ts';
import { takeForeignRecipe } from '../../src/store/engine/take-recipe.ts';
import { openAgain } from '../../src/store/own/open-again.ts';
import { lookAtOwnModel } from '../../src/store/own/own-model.ts';
import { useStore } from '../../src/store/store.ts';
import { droppedFolder } from '../../src/panels/own-model/dropped-entries.ts';

/** A recipe names a model and pictures of a person's own; only the engine's worker is stood in for. */
const state = () => useStore.getState();
const pair = 'nano-teacher~own-0123456789ab';
const own = 'things@0123456789ab';
const hub = { repo: 'somebody/tiny', revision: 'c0ffee' };
const failure = { code: 'recipe-invalid' as const, message: 'It is not here.', action: 'Open it.' };
const ofPictures = { teacher: { imageTokens: 16 } };
const loadedPair = { pair: { key: pair, ...ofPictures }, architecture: {}, contents: {} };

function engine() {
  vi.spyOn(client, 'open').mockResolvedValue({ ok: true, value: {} as never });
  return {
    load: vi.spyOn(client, 'load').mockResolvedValue({ ok: true, value: loadedPair as never }),
    bring: vi.spyOn(client, 'bring').mockResolvedValue({ ok: true, value: {} as never }),
    readData: vi
      .spyOn(client, 'readData')
      .mockResolvedValue({ ok: true, value: { report: { key: own, sides: {} } } as never }),
    weigh: vi.spyOn(client, 'weigh'),
  };
}

beforeEach(() => {
  useStore.setState(useStore.getInitialState(), true);
  state().takeRecipe(recipeSchema.parse({ pair, data: { own } }));
  useStore.setState({
    device: { status: 'ready', report: {} as never },
    load: { status: 'failed', pair, own, failure },
  });
});

it('what is missing is opened under the names of the recipe, and the pair is loaded', async () => {
  const { bring, load, readData } = engine();
  await openAgain([
    { what: 'model', name: 'own-0123456789ab', place: hub },
    { what: 'pictures', name: own, place: [] },
  ]);
  expect(bring).toHaveBeenCalledWith(hub, expect.anything(), 'own-0123456789ab');
  expect(readData).toHaveBeenCalledExactlyOnceWith([], true, expect.anything());
  expect(load).toHaveBeenCalledWith(pair, own, expect.anything());
  expect(state().load).toEqual({ status: 'ready', pair, own });
  expect(state().taken).toMatchObject({ data: { key: own } });
  expect(state().pairs.map(({ key }) => key)).toEqual([pair]);
});

it('questions of text alone are read as such', async () => {
  const { readData } = engine();
  await openAgain([{ what: 'questions', name: own, place: [] }]);
  expect(readData).toHaveBeenCalledExactlyOnceWith([], false, expect.anything());
});

it('what is not what the recipe names says so, and nothing is loaded', async () => {
  const { bring, load, readData } = engine();
  bring.mockResolvedValueOnce({ ok: false, failure });
  await openAgain([{ what: 'model', name: 'own-0123456789ab', place: hub }]);
  expect(state().load).toEqual({ status: 'failed', pair, own, failure });
  readData.mockResolvedValueOnce({
    ok: true,
    value: { report: { key: 'things@ffffffffffff' } } as never,
  });
  await openAgain([{ what: 'pictures', name: own, place: [] }]);
  expect(state().load).toMatchObject({
    status: 'failed',
    failure: {
      message: `“${own}” is not there: the folder holds other data, or was changed since.`,
    },
  });
  const denied = { kind: 'directory', name: 'mine', requestPermission: () => Promise.resolve('denied') };
  await openAgain([{ what: 'model', name: 'own-0123456789ab', place: denied as never }]);
  expect(state().load).toMatchObject({ failure: { message: expect.stringContaining('“mine”') as string } });
  expect(bring).toHaveBeenCalledOnce();
  expect(load).not.toHaveBeenCalled();
  expect(state().taken).toBeUndefined();
  expect(state().draft).toMatchObject({ pair, data: { own } });
});

it('another recipe that was taken meanwhile stays', async () => {
  const { bring, load } = engine();
  bring.mockImplementationOnce(() => {
    state().takeRecipe(recipeSchema.parse({ pair: 'nano' }));
    return Promise.resolve({ ok: false, failure });
  });
  await openAgain([{ what: 'model', name: 'own-0123456789ab', place: hub }]);
  expect(load).not.toHaveBeenCalled();
  expect(state().load.status).toBe('loading');
});

it('a model that is chosen anew for a pair that lacks it is opened as that, and no other half is', async () => {
  const { bring, weigh } = engine();
  await lookAtOwnModel('student', hub);
  expect(bring).toHaveBeenCalledWith(hub, expect.anything(), 'own-0123456789ab');
  expect(state().ownModel).toBeUndefined();
  useStore.setState({ load: { status: 'failed', pair, own, failure } });
  await lookAtOwnModel('teacher', hub);
  expect(state().ownModel).toMatchObject({ failure: { message: 'The chosen pair is not loaded.' } });
  expect(weigh).not.toHaveBeenCalled();
});

it('a link that names an own model keeps it; of another unknown pair the default one is taken', async () => {
  const { load } = engine();
  useStore.setState({ pairs: ['mini', 'nano'].map((key) => ({ key, ...ofPictures })) as never });
  takeForeignRecipe(recipeSchema.parse({ pair }));
  expect(state().draft.pair).toBe(pair);
  expect(state().linkFailure).toBeUndefined();
  takeForeignRecipe(recipeSchema.parse({ pair: 'nano-teacher~nano' }));
  expect(state().draft.pair).toBe('mini');
  expect(state().linkFailure).toBeDefined();
  await vi.waitFor(() => expect(load).toHaveBeenLastCalledWith('mini', undefined, expect.anything()));
});

it('one dropped folder comes as a handle where the browser gives handles, and nothing else does', async () => {
  const item = (kind: string) => ({ getAsFileSystemHandle: () => Promise.resolve({ kind }) });
  const drop = (...items: unknown[]) => droppedFolder({ dataTransfer: { items } as never });
  expect(await drop(item('directory'))).toEqual({ kind: 'directory' });
  expect(await drop(item('file'))).toBeUndefined();
  expect(await drop(item('directory'), item('directory'))).toBeUndefined();
  expect(await drop({})).toBeUndefined();
  expect(await drop({ getAsFileSystemHandle: () => Promise.reject(new Error('no')) })).toBeUndefined();
});
