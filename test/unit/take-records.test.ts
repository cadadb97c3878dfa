import { describe, expect, it } from 'vitest';
import { readRecipeFile } from '../../src/store/files/recipe-file.ts';
import { readRecord } from '../../src/store/kept/run-list.ts';
import { takeRecords } from '../../src/store/kept/take-records.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recipe, recorded } from './run-fixtures.ts';

describe('a run from a file', () => {
  const whole = recorded(liveEvents(), 'run-a');
  const cut = { ...whole, outcome: 'running' as const, events: whole.events.slice(0, 9) };

  it('takes the place of a shorter record of the same run, and never of a longer one', async () => {
    await takeRecords([cut]);
    expect(useStore.getState().runs).toMatchObject([{ id: 'run-a', step: 2 }]);
    await takeRecords([whole]);
    expect(await readRecord('run-a')).toEqual(whole);
    expect(useStore.getState().runs).toMatchObject([{ id: 'run-a', step: 8, final: true }]);
    await takeRecords([cut]);
    expect(await readRecord('run-a')).toEqual(whole);
  });
});

describe('a recipe from a file', () => {
  it('is known by its fields', () => {
    expect(readRecipeFile(recipe())).toEqual(recipe());
    expect(readRecipeFile({ pair: 'nano' })).toMatchObject({ pair: 'nano', seed: 1 });
    for (const other of [{}, [], null, 7, { name: 'x' }, recorded()])
      expect(readRecipeFile(other)).toBeUndefined();
  });

  it('is refused with the fields that are wrong', () => {
    expect(() => readRecipeFile({ ...recipe(), seed: -1, speed: 2 })).toThrow(
      expect.objectContaining({
        code: 'recipe-invalid',
        message: expect.stringMatching(/seed: Enter 0 or more.*no field “speed”/) as string,
      }) as Error,
    );
  });
});
