import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunDatabase } from '../../src/store/kept/run-database.ts';
import { leastMissedFirst } from '../../src/store/kept/indexed-runs.ts';
import { keeper } from '../../src/store/kept/keeper.ts';
import { RunKeeper } from '../../src/store/kept/run-keeper.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { stepToGoOn } from '../../src/store/kept/save-points.ts';
import { goOnWith } from '../../src/store/run/go-on.ts';
import type { SavePoint } from '../../src/store/slices/runs-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

const point = (id: string, change: Partial<SavePoint> = {}): SavePoint => ({
  id,
  name: `run ${id}`,
  step: 4,
  totalSteps: 8,
  savedAt: '2026-11-23T10:00:00.000Z',
  cutOff: false,
  ...change,
});

/** A database that keeps the states of two other runs, where there is room for so many. */
class SmallDatabase implements Pick<RunDatabase, 'write' | 'savePoints' | 'forgetOtherState' | 'state'> {
  private readonly states = new Map<string, SavePoint>();
  constructor(public room: number) {}

  write: RunDatabase['write'] = (record, _row, _from, saved) => {
    if (saved === undefined) return Promise.resolve([]);
    const others = [...this.states.keys()].filter((id) => id !== record.id);
    if (others.length > this.room) return Promise.reject(new DOMException('no', 'QuotaExceededError'));
    const old = others.slice(0, -2);
    for (const id of [...old, record.id]) this.states.delete(id);
    this.states.set(record.id, saved.about);
    return Promise.resolve(old);
  };
  forgetOtherState = (id: string) => {
    const other = [...this.states.keys()].find((one) => one !== id);
    if (other !== undefined) this.states.delete(other);
    return Promise.resolve(other);
  };
  savePoints = () => Promise.resolve([...this.states.values()]);
  state = () => Promise.resolve(undefined);
}

const open = (database: SmallDatabase) => Promise.resolve(database as unknown as RunDatabase);

async function write(to: RunKeeper, id: string): Promise<void> {
  const record = recorded(liveEvents(), id);
  await to.write(record, runRow(record), 0, { about: point(id), bytes: Uint8Array.of(1) });
}

describe('a keeper of runs', () => {
  it('says whose states made way: for newer ones, for want of room, and in memory', async () => {
    const database = new SmallDatabase(9);
    const forgotten = vi.fn();
    const own = new RunKeeper(() => open(database), vi.fn(), forgotten);
    for (const id of ['a', 'b', 'c']) await write(own, id);
    expect(forgotten).not.toHaveBeenCalled();
    await write(own, 'd');
    expect(forgotten.mock.lastCall).toEqual([{ rotated: ['a'], forRoom: [] }]);
    // No more than is needed.
    database.room = 2;
    await write(own, 'e');
    expect(forgotten.mock.lastCall).toEqual([{ rotated: [], forRoom: ['b'] }]);
    database.room = 0;
    await write(own, 'f');
    expect(forgotten.mock.lastCall).toEqual([{ rotated: [], forRoom: ['c', 'd', 'e'] }]);
    database.room = -1;
    await write(own, 'f');
    expect(forgotten).toHaveBeenCalledTimes(3);
    await write(own, 'g');
    expect(forgotten.mock.lastCall).toEqual([{ rotated: ['f'], forRoom: ['f'] }]);
    expect(await own.savePoints()).toEqual([point('g')]);
  });

  it('has states of failed runs make way first, and those of cut-off settings that were trained together last', () => {
    const row = (outcome: 'running' | 'stopped' | 'failed', joint = false) => ({
      outcome,
      ...(joint && { sweep: { id: 's', fields: [], joint } }),
    });
    const at = (id: string, second: number, cutOff = true) =>
      point(id, { savedAt: `2026-11-23T10:00:0${second}.000Z`, cutOff });
    const runs = [
      { point: at('joint', 0), row: row('running', true) },
      { point: at('stopped', 3, false), row: row('stopped') },
      { point: at('cut off', 2), row: row('running') },
      { point: at('failed late', 5), row: row('failed') },
      { point: at('failed', 4), row: row('failed') },
      { point: at('without a record', 6), row: undefined },
    ];
    expect(leastMissedFirst(runs).map((run) => run.point.id)).toEqual([
      'failed',
      'failed late',
      'without a record',
      'cut off',
      'stopped',
      'joint',
    ]);
  });
});

describe('the page', () => {
  const state = () => useStore.getState();
  const offered = () => state().savePoints.map(({ id }) => id);
  const database = new SmallDatabase(9);

  beforeEach(() => {
    useStore.setState(useStore.getInitialState(), true);
    vi.stubGlobal('navigator', {});
    vi.spyOn(keeper as unknown as { connected: (task: (to: RunDatabase) => unknown) => unknown }, 'connected')
      // The page's own keeper, over a database that is there.
      .mockImplementation((task) => open(database).then(task));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('no longer offers to go on from states that made way, and says so where there was no room', async () => {
    for (const id of ['a', 'b', 'c']) {
      await write(keeper, id);
      useStore.setState({ savePoints: [point(id), ...state().savePoints] });
    }
    await write(keeper, 'd');
    await vi.waitFor(() => expect(offered()).toEqual(['c', 'b']));
    expect(state().runsNotice).toBeUndefined();
    database.room = 1;
    await write(keeper, 'd');
    await vi.waitFor(() => expect(offered()).toEqual(['c']));
    expect(state().runsNotice).toMatchObject({
      code: 'storage-refused',
      message: expect.stringMatching(/no room left.*: “run b” can no longer go on/) as string,
    });
    // What nobody has read yet is not overwritten.
    database.room = 0;
    await write(keeper, 'd');
    await vi.waitFor(() => expect(offered()).toEqual([]));
    expect(state().runsNotice!.message).toMatch(/“run b” can .*“run c” can /);
  });

  it('takes an offer back once its state turns out to be gone', async () => {
    useStore.setState({ savePoints: [point('gone')] });
    vi.spyOn(keeper, 'read').mockResolvedValue(recorded(liveEvents(), 'gone'));
    await goOnWith('gone');
    expect(state().runsNotice).toMatchObject({ message: 'The saved state is gone.' });
    expect(stepToGoOn('gone', state())).toBeUndefined();
  });
});
