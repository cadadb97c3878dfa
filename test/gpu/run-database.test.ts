import { deleteDB } from 'idb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/engine/run/record.ts';
import { openRunDatabase } from '../../src/store/kept/indexed-runs.ts';
import type { RunDatabase } from '../../src/store/kept/run-database.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { liveEvents, recipe, recorded } from '../unit/run-fixtures.ts';

/** Runs in the browser's own database. */
describe('the database of runs', () => {
  let database: RunDatabase;

  beforeEach(async () => {
    await deleteDB('genrecal-runs');
    database = await openRunDatabase();
  });

  it('brings back what was written part by part, pictures included', async () => {
    const record = recorded();
    for (const to of [5, 9, record.events.length]) {
      const part = { ...record, events: record.events.slice(0, to) };
      await database.write(part, runRow(part), to === 5 ? 0 : to === 9 ? 5 : 9);
    }
    expect(await database.read(record.id)).toEqual(record);
    expect(await database.list()).toEqual({ rows: [runRow(record)], unreadable: [] });
  });

  it('forgets the end of a run that goes on from an earlier step', async () => {
    const record = recorded();
    await database.write(record, runRow(record), 0);
    const past = { ...record, outcome: 'running' as const, events: record.events.slice(0, 6) };
    await database.write(past, runRow(past), 0);
    expect(await database.read(record.id)).toEqual(past);
  });

  it('takes over what a person says of a run, and leaves its events as they are', async () => {
    const record = recorded();
    await database.write(record, runRow(record), 0);
    await database.describe(record.id, { name: 'mine', note: 'good' });
    const said = { ...record, name: 'mine', note: 'good' };
    expect(await database.read(record.id)).toEqual(said);
    expect((await database.list()).rows).toEqual([runRow(said)]);
    await database.describe(record.id, { name: undefined, note: 'good' });
    expect(await database.read(record.id)).toEqual({ ...record, note: 'good' });
    await database.describe('unknown', { name: 'x', note: undefined });
    expect((await database.list()).rows).toHaveLength(1);
  });

  it('keeps a saved state a run, of the latest four runs, and lists the newest run first', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const [i, id] of ids.entries()) {
      const record = { ...recorded(liveEvents(), id), startedAt: `2026-11-23T10:00:0${i}.000Z` };
      const about = { id, name: id, step: 4, totalSteps: 8, savedAt: record.startedAt, cutOff: true };
      await database.write(record, runRow(record), 0, { about, bytes: Uint8Array.of(i, 2) });
    }
    expect((await database.list()).rows.map(({ id }) => id)).toEqual(ids.toReversed());
    expect((await database.savePoints()).map(({ id }) => id)).toEqual(['e', 'd', 'c', 'b']);
    expect(await database.state('a')).toBeUndefined();
    expect(await database.state('b')).toEqual(Uint8Array.of(1, 2));
    await database.forgetState('b');
    expect(await database.state('b')).toBeUndefined();
    await database.remove('c');
    expect(await database.read('c')).toBeUndefined();
    expect(await database.state('c')).toBeUndefined();
    expect(await database.forgetOtherState('e')).toBe('d');
    expect(await database.forgetOtherState('e')).toBeUndefined();
    expect((await database.savePoints()).map(({ id }) => id)).toEqual(['e']);
    expect((await database.list()).rows.map(({ id }) => id)).toEqual(['e', 'd', 'b', 'a']);
  });

  it('has states make way in the order in which they are missed, and says whose', async () => {
    const write = (id: string, i: number, change: Partial<RunRecord> = {}) => {
      const record = { ...recorded(liveEvents().slice(0, 18), id), ...change };
      const savedAt = `2026-11-23T10:00:0${i}.000Z`;
      const about = { id, name: id, step: 4, totalSteps: 8, savedAt, cutOff: true };
      return database.write(record, runRow(record), 0, { about, bytes: Uint8Array.of(i) });
    };
    const setting = { recipe: recipe(), arms: [{ key: 'main', as: 'main' }] };
    const sweep = { id: 's', fields: [], settings: [setting, setting] };
    expect(await write('joint', 0, { sweep })).toEqual([]);
    expect(await write('old', 1)).toEqual([]);
    expect(await write('failed', 2, { outcome: 'failed' })).toEqual([]);
    expect(await write('new', 3)).toEqual([]);
    expect(await write('newer', 4)).toEqual(['failed']);
    expect(await write('newest', 5)).toEqual(['old']);
    const forgotten = [];
    for (let id; (id = await database.forgetOtherState('newest')) !== undefined;) forgotten.push(id);
    expect(forgotten).toEqual(['new', 'newer', 'joint']);
  });
});
