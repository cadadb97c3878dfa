import { deleteDB, openDB } from 'idb';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordUntil } from '../../src/engine/run/record.ts';
import { describeState } from '../../src/engine/run/saved-state.ts';
import { openRunDatabase } from '../../src/store/kept/indexed-runs.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import dump from '../fixtures/stored/database-1.json';
import { liveEvents, recorded } from '../unit/run-fixtures.ts';

const name = 'genrecal-runs';
const bytesOf = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** The reverse of what `fixtures/stored/make.ts` does with values that JSON does not have. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  const [[kind, inner] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0 && typeof inner === 'string') {
    if (kind === 'blob') return new Blob([bytesOf(inner)]);
    if (kind === 'clamped') return new Uint8ClampedArray(bytesOf(inner));
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each)]));
}

/** A database as the page left it that wrote the dump. */
async function restore({ version, stores }: typeof dump): Promise<void> {
  const database = await openDB(name, version, {
    upgrade: (made) => Object.keys(stores).forEach((store) => made.createObjectStore(store)),
  });
  for (const [store, entries] of Object.entries(stores))
    for (const [key, value] of entries) await database.put(store, revive(value), key as IDBValidKey);
  database.close();
}

async function change(store: string, key: IDBValidKey, alter: (value: never) => unknown): Promise<void> {
  const database = await openDB(name);
  await database.put(store, alter((await database.get(store, key)) as never), key);
  database.close();
}

describe('the database of an earlier visit', () => {
  beforeEach(() => deleteDB(name));

  it('of version 1 is brought to the present one: runs, pictures and the state to go on from', async () => {
    await restore(dump);
    const database = await openRunDatabase();
    const done = recorded(liveEvents(), 'done');
    const cut = recorded(liveEvents().slice(0, 22), 'cut');
    expect(await database.read('done')).toEqual(done);
    expect(await database.read('cut')).toEqual(cut);
    const { rows, unreadable } = await database.list();
    expect(rows.map(({ id }) => id).sort()).toEqual(['cut', 'done']);
    expect(unreadable).toEqual([]);
    // Its row did not say whether the gain was chance.
    expect(rows.find(({ id }) => id === 'done')).toEqual(runRow(done));
    expect(await database.savePoints()).toMatchObject([{ id: 'cut', step: 4, cutOff: true }]);
    const state = describeState((await database.state('cut'))!);
    expect(recordUntil(cut, state).events.length).toBeGreaterThan(0);
    // A second visit finds it as it is.
    database.close();
    const again = await openRunDatabase();
    expect(await again.savePoints()).toMatchObject([{ id: 'cut' }]);
    again.close();
  });

  it('of a newer page is left alone, and says to reload', async () => {
    (await openDB(name, 99)).close();
    await expect(openRunDatabase()).rejects.toMatchObject({
      code: 'storage-refused',
      message: expect.stringContaining('newer version') as string,
      action: expect.stringContaining('Reload') as string,
    });
  });

  it('with damaged runs lists the others, and says of each what is wrong with it', async () => {
    const database = await openRunDatabase();
    const ids = ['good', 'row', 'record', 'gap', 'newer', 'state'];
    for (const id of ids) {
      const record = recorded(liveEvents(), id);
      await database.write({ ...record, events: record.events.slice(0, 9) }, runRow(record), 0);
      const about = { id, name: '', step: 4, totalSteps: 8, savedAt: record.startedAt, cutOff: true };
      await database.write(
        record,
        runRow(record),
        9,
        id === 'state' ? { about, bytes: Uint8Array.of(1) } : undefined,
      );
    }
    type Run = { head: object; row: object };
    await change('runs', 'row', ({ head }: Run) => ({ head, row: 'gone' }));
    await change('runs', 'record', ({ row }: Run) => ({ head: 7, row: { ...row, startedAt: 'yesterday' } }));
    await change('runs', 'newer', ({ head }: Run) => ({ head: { ...head, format: 2 } }));
    await change('states', 'state', () => Uint8Array.of(2));
    const raw = await openDB(name);
    await raw.delete('events', ['gap', 0]);
    raw.close();

    const { rows, unreadable } = await database.list();
    expect(rows.map(({ id }) => id).sort()).toEqual(['gap', 'good', 'row', 'state']);
    expect(rows.find(({ id }) => id === 'row')).toEqual(runRow(recorded(liveEvents(), 'row')));
    expect(unreadable).toMatchObject([
      { id: 'newer', why: expect.stringContaining('newer version') as string },
      { id: 'record', why: expect.stringContaining('damaged') as string },
    ]);
    await expect(database.read('gap')).rejects.toMatchObject({
      message: expect.stringContaining('its events from 0 to 9 are missing') as string,
      action: expect.stringContaining('Delete') as string,
    });
    await expect(database.state('state')).rejects.toMatchObject({
      message: expect.stringContaining('not what was written') as string,
    });
    for (const id of ids) await database.remove(id);
    expect(await database.list()).toEqual({ rows: [], unreadable: [] });
    database.close();
  });
});
