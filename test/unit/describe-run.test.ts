import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runName } from '../../src/engine/recipe/run-name.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { distinctNames, filterRows, sortRows, sweptFields } from '../../src/panels/runs/sorting.ts';
import { fieldName } from '../../src/panels/runs/field-name.ts';
import { counted } from '../../src/panels/lib/counted.ts';
import { loadRecipe } from '../../src/panels/runs/load-recipe.ts';
import { describeRun, readRecord } from '../../src/store/kept/run-list.ts';
import { rowSchema } from '../../src/store/kept/run-database-schema.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { Recorder } from '../../src/store/kept/recorder.ts';
import { takeRecords } from '../../src/store/kept/take-records.ts';
import { useStore } from '../../src/store/store.ts';
import { begun, liveEvents, recipe, recorded } from './run-fixtures.ts';

beforeEach(() => {
  useStore.setState(useStore.getInitialState(), true);
  // A browser without locks between tabs.
  vi.stubGlobal('navigator', {});
});
afterEach(() => vi.unstubAllGlobals());

const words = { name: 'large batch', note: 'as in the paper' };

describe('what a person says of a run', () => {
  it('is kept in its record, shown in its row, and taken back by saying nothing', async () => {
    const record = recorded(liveEvents(), 'named');
    await takeRecords([structuredClone(record)]);
    await describeRun('named', { name: ' large batch ', note: 'as in the paper' });
    expect(await readRecord('named')).toEqual({ ...record, ...words });
    const [row] = useStore.getState().runs!;
    expect(row).toMatchObject({ name: 'large batch', given: 'large batch', note: 'as in the paper' });
    expect(row!.wholeName).toContain('nano');
    await describeRun('named', { name: '  ', note: '' });
    expect(await readRecord('named')).toEqual(record);
    expect(useStore.getState().runs![0]!.name).toBe(runName(record.recipe).short);
  });

  it('stays with a run that goes on', () => {
    const recorder = new Recorder({ write: () => Promise.resolve() }, begun(), () => undefined);
    recorder.describe(words);
    expect(recorder.record).toMatchObject(words);
    recorder.describe({ name: undefined, note: 'later' });
    expect(recorder.record.name).toBeUndefined();
    expect(recorder.record.note).toBe('later');
  });

  it('travels in files, which without it say nothing of it', () => {
    const record = recorded();
    const sweep = { id: 's', fields: ['loss.mainKl'] };
    for (const said of [{ ...record, ...words, sweep }, record]) {
      expect(recordFromJson(JSON.parse(JSON.stringify(recordToJson(said))))).toEqual(said);
      const row = runRow(said);
      expect(rowSchema.parse(row)).toEqual(row);
    }
    for (const key of ['name', 'note', 'sweep']) expect(recordToJson(record)).not.toHaveProperty(key);
    for (const key of ['given', 'note', 'sweep']) expect(runRow(record)).not.toHaveProperty(key);
    expect(() => recordFromJson({ ...(recordToJson(record) as object), name: 'x'.repeat(81) })).toThrow();
  });

  it('is the name that tells it from others, and by which it is found', () => {
    const row = runRow({ ...recorded(), ...words });
    expect(distinctNames([row, runRow(recorded(liveEvents(), 'other'))]).get(row.id)).toBe('large batch');
    expect(filterRows([row], 'paper')).toEqual([row]);
    expect(filterRows([row], 'large nano')).toEqual([row]);
    expect(counted(1, 'run') + counted(2, 'run')).toBe('1 run2 runs');
  });
});

describe('the recipe of a run', () => {
  it('is taken into the form, and shown', () => {
    // Of the pair that is there: nothing can be loaded here.
    const own = recipe({ pair: 'mini', seed: 7 });
    loadRecipe(own);
    expect(useStore.getState()).toMatchObject({ draft: own, recipeOpen: true, runsNotice: undefined });
  });

  it('is left where it is while a run goes on, which says so', () => {
    const { run, draft } = useStore.getState();
    useStore.setState({ run: { ...run, phase: 'running' } });
    loadRecipe(recipe({ seed: 7 }));
    expect(useStore.getState()).toMatchObject({ draft, runsNotice: { code: 'engine-busy' } });
  });
});

describe('a sweep', () => {
  const row = (id: string, mainKl: number, startedAt: string) =>
    runRow({
      ...recorded(liveEvents(recipe({ loss: { mainKl } })), id),
      startedAt,
      sweep: { id: 'sweep', fields: ['loss.mainKl', 'stages.distil.learningRate'] },
    });
  const rows = [row('a', 2, '2026-11-23T10:00:00.000Z'), row('b', 10, '2026-11-23T11:00:00.000Z')];

  it('has a column for each field that it varied, by which one can sort', () => {
    expect(sweptFields([...rows, runRow(recorded())])).toEqual(['loss.mainKl', 'stages.distil.learningRate']);
    expect(sweptFields([runRow(recorded())])).toEqual([]);
    const order = (descending: boolean) =>
      sortRows(rows, { by: 'field loss.mainKl', descending }).map(({ id }) => id);
    expect([order(false), order(true)]).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('names a field with its stage, and no two alike', () => {
    expect(fieldName('stages.distil.learningRate')).toBe('distil: learning rate');
    expect(fieldName('stages.finetune.steps')).toBe('fine-tune: steps');
    expect(fieldName('loss.mainKl')).toBe('L_main KL weight');
    expect(fieldName('optimiser.beta1')).toBe('optimiser.beta1');
  });
});
