import { deleteDB } from 'idb';
import { beforeEach, describe, expect, it } from 'vitest';
import { openRunDatabase, type RunDatabase } from '../../src/store/run-database.ts';
import { runRow } from '../../src/store/run-row.ts';
import { liveEvents, recorded } from '../unit/run-fixtures.ts';

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
    expect(await database.rows()).toEqual([runRow(record)]);
  });

  it('forgets the end of a run that goes on from an earlier step', async () => {
    const record = recorded();
    await database.write(record, runRow(record), 0);
    const past = { ...record, outcome: 'running' as const, events: record.events.slice(0, 6) };
    await database.write(past, runRow(past), 0);
    expect(await database.read(record.id)).toEqual(past);
  });

  it('keeps one saved state, and lists the newest run first', async () => {
    const older = recorded(liveEvents(), 'a');
    const newer = { ...recorded(liveEvents(), 'b'), startedAt: '2026-11-24T10:00:00.000Z' };
    const about = { id: 'a', name: 'a', step: 4, totalSteps: 8, savedAt: '', cutOff: true };
    await database.write(older, runRow(older), 0, { about, bytes: Uint8Array.of(1, 2) });
    await database.write(newer, runRow(newer), 0, { about: { ...about, id: 'b' }, bytes: Uint8Array.of(3) });
    expect((await database.rows()).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(await database.resumable()).toMatchObject({ id: 'b' });
    expect(await database.state()).toEqual(Uint8Array.of(3));
    await database.forgetState();
    expect(await database.state()).toBeUndefined();
    await database.remove('b');
    expect(await database.read('b')).toBeUndefined();
    expect((await database.rows()).map(({ id }) => id)).toEqual(['a']);
  });
});
