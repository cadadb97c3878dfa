import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunClock } from '../../src/engine/experiment/run-clock.ts';
import type { Trainer } from '../../src/engine/experiment/trainer.ts';
import type { TrainEvent } from '../../src/engine/run/events.ts';
import { checkRecord } from '../../src/engine/run/record-json.ts';
import { worked } from '../../src/engine/work-time.ts';
import { client } from '../../src/store/engine/client.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { train } from '../../src/store/run/train.ts';
import { useStore } from '../../src/store/store.ts';
import { drive, Listener } from '../../src/worker/drive.ts';
import { RunControl } from '../../src/worker/run-control.ts';
import { liveEvents, recipe, recorded } from './run-fixtures.ts';

const initial = useStore.getInitialState();
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  useStore.setState(initial, true);
});

it('neither speed nor duration of a run counts its rests, also while it rests', () => {
  const clock = new RunClock({ seconds: 5, trainSeconds: 1 });
  clock.start();
  clock.measureFrom(0);
  vi.advanceTimersByTime(2000);
  clock.rest();
  vi.advanceTimersByTime(60_000);
  expect(clock.seconds().seconds).toBeCloseTo(7);
  clock.start();
  vi.advanceTimersByTime(2000);
  expect(clock.stepsPerSecond(8)).toBeCloseTo(2);
  expect(clock.seconds()).toEqual({ seconds: expect.closeTo(9) as number, trainSeconds: 1 });
});

it('the engine is told of every rest, a stop included', async () => {
  const rests: boolean[] = [];
  const trainer = {
    standing: () => ({ step: 0 }),
    clock: { rest: () => rests.push(true), start: () => rests.push(false) },
    async *run() {
      for (let step = 1; step < 9; step++) {
        await Promise.resolve();
        yield { type: 'step', step, stage: 'align' };
      }
    },
  } as unknown as Trainer;
  vi.useRealTimers();
  const control = new RunControl();
  const told: string[] = [];
  const listener = new Listener((event) => {
    told.push(event.type);
    if (event.type === 'step' && event.step < 4) control.pause();
    if (event.type !== 'paused') return;
    setTimeout(() => (rests.length < 4 ? control.resume() : control.stop()));
  });
  expect(await drive(trainer, control, listener)).toBe('stopped');
  expect(rests).toEqual([true, false, true, false, true]);
  expect(told.filter((type) => type !== 'step')).toEqual([
    'paused',
    'resumed',
    'paused',
    'resumed',
    'paused',
    'stopped',
  ]);
});

it.each(['done', 'stopped'] as const)(
  'elapsed time, “took” and the table count the same: work up to the end, without rests (%s)',
  async (outcome) => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('document', new EventTarget());
    const events = liveEvents();
    const time = () => worked(useStore.getState().run.time!);
    const until = (wanted: TrainEvent['type']) => events.findIndex(({ type }) => type === wanted);
    useStore.setState({ device: { status: 'ready', report: { adapter: 'test' } as never } });
    vi.spyOn(client, 'check').mockResolvedValue({ ok: true, value: {} as never });
    vi.spyOn(client, 'save').mockResolvedValue({ ok: false, failure: {} as never });
    vi.spyOn(client, 'forecast').mockResolvedValue({ ok: false, failure: {} as never });
    vi.spyOn(client, 'run').mockImplementation(async (_, take) => {
      const pass = async (ms: number, event: TrainEvent) => {
        await vi.advanceTimersByTimeAsync(ms);
        take(event);
      };
      for (const event of events.slice(0, until('paused'))) await pass(100, event);
      await pass(1000, { type: 'paused', step: 4 });
      const before = time();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(time()).toBe(before);
      if (outcome === 'stopped') await pass(0, { type: 'stopped', step: 4 });
      else {
        await pass(0, { type: 'resumed', step: 4 });
        for (const event of events.slice(until('resumed') + 1)) await pass(100, event);
      }
      return { ok: true, value: outcome };
    });
    useStore.setState(({ run }) => ({ run: { ...run, time: { ms: 0, since: performance.now() } } }));
    await train({ recipe: recipe(), changes: [] });
    await vi.advanceTimersByTimeAsync(30_000);
    const record = useStore.getState().present!.record;
    expect(record.outcome).toBe(outcome);
    expect(time()).toBeGreaterThan(1000);
    expect(time()).toBeLessThan(10_000);
    expect(Math.round(time())).toBe(runRow(record).seconds * 1000);
  },
);

it('a record that counted its rests is read without them, one that did not as it is', () => {
  const record = recorded();
  const resumed = record.events.findIndex(({ event }) => event.type === 'resumed');
  const events = record.events.map(({ at, event }, i) => ({ at: i < resumed ? at : at + 60_000, event }));
  expect(checkRecord({ ...record, events })).toEqual(record);
  expect(checkRecord(record)).toEqual(record);
});
