import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deleteRun, undoDeletion } from '../../src/store/kept/deletion.ts';
import { readRecord } from '../../src/store/kept/run-list.ts';
import { takeRecords } from '../../src/store/kept/take-records.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

const ids = () => useStore.getState().runs?.map(({ id }) => id);

const kept = (...names: string[]) => takeRecords(names.map((id) => recorded(liveEvents(), id)));

beforeEach(() => {
  useStore.setState(useStore.getInitialState(), true);
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('a deleted run comes back for a few seconds, however often it is deleted', async () => {
  await kept('one', 'two');
  deleteRun('one');
  expect(ids()).toEqual(['two']);
  vi.advanceTimersByTime(5000);
  undoDeletion();
  expect(ids()).toEqual(['two', 'one']);
  deleteRun('one');
  vi.advanceTimersByTime(5000);
  expect(useStore.getState().deleted?.row.id).toBe('one');
  vi.advanceTimersByTime(1000);
  expect(useStore.getState().deleted).toBeUndefined();
  expect(ids()).toEqual(['two']);
});

it('deleting another run ends the time of the first', async () => {
  await kept('three', 'four');
  deleteRun('three');
  vi.advanceTimersByTime(4000);
  deleteRun('four');
  vi.advanceTimersByTime(4000);
  undoDeletion();
  expect(ids()).toEqual(['four']);
});

it('opening the file of a run that was just deleted brings it back for good', async () => {
  await kept('five', 'six');
  deleteRun('five');
  vi.advanceTimersByTime(5000);
  // Another run's file leaves the deletion as it is.
  await kept('six');
  expect(ids()).toEqual(['six']);
  await kept('five');
  expect(ids()).toEqual(['six', 'five']);
  vi.advanceTimersByTime(5000);
  await vi.runAllTimersAsync();
  expect(ids()).toEqual(['six', 'five']);
  expect((await readRecord('five')).id).toBe('five');
});
