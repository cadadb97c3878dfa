import { deleteDB } from 'idb';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { recordUntil, type RunRecord } from '../../src/engine/run/record.ts';
import { describeState, encodeState } from '../../src/engine/run/saved-state.ts';
import { Autosave } from '../../src/store/kept/autosave.ts';
import { Recorder } from '../../src/store/kept/recorder.ts';
import { openRunDatabase } from '../../src/store/kept/indexed-runs.ts';
import type { RunDatabase } from '../../src/store/kept/run-database.ts';
import { RunKeeper } from '../../src/store/kept/run-keeper.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { begun, liveEvents, recorded } from '../unit/run-fixtures.ts';

/** The browser's own database, which now and then does what browsers do. */
const natural = {
  put: IDBObjectStore.prototype.put,
  delete: IDBObjectStore.prototype.delete,
  transaction: IDBDatabase.prototype.transaction,
  open: IDBFactory.prototype.open,
};

function heal(): void {
  IDBObjectStore.prototype.put = natural.put;
  IDBObjectStore.prototype.delete = natural.delete;
  IDBDatabase.prototype.transaction = natural.transaction;
  IDBFactory.prototype.open = natural.open;
}

const full = () => new DOMException('no room', 'QuotaExceededError');

/** Each hears of every write before it is made, and may fail it. */
const failures: Record<string, (fails: () => boolean) => void> = {
  'the disk is full': (fails) => {
    IDBObjectStore.prototype.put = function (...args) {
      if (fails()) throw full();
      return natural.put.apply(this, args);
    };
  },
  'the browser ends the transaction': (fails) => {
    for (const method of ['put', 'delete'] as const)
      IDBObjectStore.prototype[method] = function (this: IDBObjectStore, ...args: never[]) {
        const request = (natural[method] as (...all: never[]) => IDBRequest).apply(this, args);
        if (fails()) this.transaction.abort();
        return request;
      } as never;
  },
  'the browser closes the connection': (fails) => {
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      if (mode === 'readwrite' && fails()) this.close();
      return natural.transaction.call(this, stores, mode, options);
    };
  },
  'the database cannot be opened': (fails) => {
    let shut = false;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      shut = mode === 'readwrite' && fails();
      if (shut) this.close();
      return natural.transaction.call(this, stores, mode, options);
    };
    IDBFactory.prototype.open = function (name, version) {
      if (shut) throw new DOMException('no', 'UnknownError');
      return natural.open.call(this, name, version);
    };
  },
};

const [noRoom, ended, closed, shut] = Object.keys(failures) as [string, string, string, string];

/** A run that is recorded, and whose state is saved after its first update, in its pause and at its end. */
async function play(id: string) {
  const told = vi.fn();
  const keeper = new RunKeeper(openRunDatabase, told);
  const recorder = new Recorder(keeper, begun(liveEvents(), id), () => undefined);
  const state = () => {
    const { recipe, dataHash, checkpoints } = recorder.record;
    const about = { recipe, dataHash, ...checkpoints, step: recorder.step, seconds: 1, trainSeconds: 1 };
    const seeds = [{ random: [1, 2, 3, 4], order: [0], cursor: 0 }];
    const rest = { untold: [], answers: {}, seeds };
    const tensors = new Map([['main/w', new Float32Array(1000).fill(recorder.step)]]);
    return encodeState({ ...about, ...rest, tensors });
  };
  const autosave = new Autosave(
    recorder,
    () => Promise.resolve({ ok: true, value: state() }),
    () => undefined,
  );
  autosave.begin();
  for (const event of liveEvents()) {
    recorder.take(0, event);
    autosave.take(event);
  }
  await recorder.write();
  await autosave.end();
  await autosave.now(false);
  return { told, record: recorder.record, keeper };
}

describe('a run whose storage fails', () => {
  let next: RunDatabase;

  beforeAll(async () => {
    await deleteDB('genrecal-runs');
    next = await openRunDatabase();
  });
  afterEach(heal);

  /** What a next visit finds: whole, and of the run. */
  async function found(record: RunRecord) {
    const kept = await next.read(record.id);
    if (kept !== undefined) expect(kept.events).toEqual(record.events.slice(0, kept.events.length));
    const point = (await next.savePoints()).find(({ id }) => id === record.id);
    const bytes = await next.state(record.id);
    if (bytes !== undefined) {
      const state = describeState(bytes);
      expect(state.step).toBe(point!.step);
      expect(recordUntil(kept!, state).events.length).toBeGreaterThan(0);
    }
    return { events: kept?.events.length, step: point?.step };
  }

  /** Plays a run for every write that one makes; the failure begins there. */
  async function* atEveryWrite(kind: string, forEver: boolean) {
    let writes = 0;
    failures[kind]!(() => (writes++, false));
    await play(`${kind}, never`);
    const count = writes;
    expect(count).toBeGreaterThan(5);
    for (let at = 0; at < count; at++) {
      writes = 0;
      failures[kind]!(() => (forEver ? writes++ >= at : writes++ === at));
      const played = await play(`${kind}, ${forEver ? 'from' : 'at'} ${at}`);
      heal();
      yield { ...played, at };
    }
  }

  it.each([noRoom, ended, closed])(
    'once, at any write: nothing is lost, nothing is said (%s)',
    async (kind) => {
      for await (const { at, told, record } of atEveryWrite(kind, false)) {
        expect([at, told.mock.calls]).toEqual([at, []]);
        expect(await found(record)).toEqual({ events: record.events.length, step: 8 });
      }
    },
  );

  it.each([noRoom, closed, shut])(
    'from any write on: it goes on, says so once, is never half there, and is kept when storage is back (%s)',
    async (kind) => {
      for await (const { at, told, record, keeper } of atEveryWrite(kind, true)) {
        expect([at, told.mock.calls.length, record.outcome]).toEqual([at, 1, 'done']);
        await found(record);
        // In this page nothing is missing.
        expect((await keeper.read(record.id))!.events).toEqual(record.events);
        expect(describeState((await keeper.state(record.id))!).step).toBe(8);
        await keeper.write(record, runRow(record), record.events.length);
        expect((await found(record)).events).toBe(record.events.length);
      }
    },
  );

  it('for want of room: old states go first, then the state, and the record stays', async () => {
    for (const { id } of await next.savePoints()) await next.forgetState(id);
    const sizes = new Map<string, number>();
    let room = 5;
    IDBObjectStore.prototype.put = function (value: unknown, key) {
      if (value instanceof Uint8Array) {
        const others = [...sizes].reduce((sum, [other, size]) => (other === key ? sum : sum + size), 0);
        if (others + value.length > room) throw full();
        sizes.set(key as string, value.length);
      }
      return natural.put.call(this, value, key);
    };
    IDBObjectStore.prototype.delete = function (key) {
      if (this.name === 'states') sizes.delete(key as string);
      return natural.delete.call(this, key);
    };
    const told = vi.fn();
    const forgotten = vi.fn();
    const keeper = new RunKeeper(openRunDatabase, told, forgotten);
    const write = (id: string, size: number) => {
      const record = recorded(liveEvents(), id);
      const about = { id, name: '', step: 4, totalSteps: 8, savedAt: record.startedAt, cutOff: true };
      return keeper.write(record, runRow(record), 0, { about, bytes: new Uint8Array(size) });
    };
    const saved = async () => (await next.savePoints()).map(({ id }) => id);
    await write('old', 3);
    await write('new', 3);
    expect(await saved()).toEqual(['new']);
    expect(told).not.toHaveBeenCalled();
    expect(forgotten.mock.calls).toEqual([[{ rotated: [], forRoom: ['old'] }]]);
    // The state before stays: repeating a little is better than beginning again.
    await write('new', 10);
    expect(told).toHaveBeenCalledTimes(1);
    expect((await next.state('new'))!.length).toBe(3);
    expect((await keeper.state('new'))!.length).toBe(10);
    room = 20;
    await write('new', 10);
    expect((await next.state('new'))!.length).toBe(10);
    for (const id of ['old', 'new']) expect(await next.read(id)).toEqual(recorded(liveEvents(), id));
    expect(told).toHaveBeenCalledTimes(1);
    expect(forgotten).toHaveBeenCalledTimes(1);
  });
});
