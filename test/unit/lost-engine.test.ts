import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineFailure } from '../../src/engine/errors.ts';
import { Course } from '../../src/engine/experiment/course.ts';
import { checkDevice } from '../../src/store/engine/check-device.ts';
import { client } from '../../src/store/engine/client.ts';
import { saveState } from '../../src/store/engine/latest-run.ts';
import { superviseEngine } from '../../src/store/engine/supervise.ts';
import { applyEvent } from '../../src/store/run/apply-event.ts';
import { followLiveEdits } from '../../src/store/run/live-edits.ts';
import { train } from '../../src/store/run/train.ts';
import { idleRun } from '../../src/store/slices/run-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { recipe } from './run-fixtures.ts';

const { getState, setState } = useStore;
const lost: EngineFailure = { code: 'device-lost', message: 'The device was lost.', action: 'Wait.' };
const checked = { ok: true as const, value: { variant: 'plain', loss: 0, gradient: 0, seconds: 1 } as never };

beforeEach(() => {
  vi.useFakeTimers();
  setState(useStore.getInitialState(), true);
  setState({
    device: { status: 'ready', report: { adapter: 'card' } as never },
    load: { status: 'ready', pair: 'nano' } as never,
    contents: { dataHash: 'd', checkpoints: { teacher: 't', student: 's' } },
    runs: [],
  });
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('navigator', {});
});
afterEach(() => {
  client.onGone = () => undefined;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The engine as it goes while the device is compared, and whether it comes back. */
function losesItself(comesBack: boolean): void {
  superviseEngine();
  vi.spyOn(client, 'open').mockImplementation(() =>
    Promise.resolve(
      comesBack ? { ok: true, value: { adapter: 'card' } as never } : { ok: false, failure: lost },
    ),
  );
  vi.spyOn(client, 'load').mockResolvedValue({ ok: true, value: { pair: { key: 'nano' } } as never });
  vi.spyOn(client, 'check').mockImplementationOnce(() => {
    client.onGone(lost);
    return Promise.resolve({ ok: false, failure: lost });
  });
}

describe('an engine that is lost while its device is compared with PyTorch', () => {
  it('says nothing of the device that comes back, which is compared in its turn', async () => {
    losesItself(true);
    vi.mocked(client.check).mockResolvedValueOnce(checked);
    const may = checkDevice();
    await vi.runAllTimersAsync();
    expect(await may).toBe(true);
    expect(getState().selfCheck).toEqual(checked);
    expect(client.check).toHaveBeenCalledTimes(2);
  });

  it('leaves no run that can neither go on nor be stopped', async () => {
    losesItself(false);
    setState({ run: { ...idleRun, phase: 'preparing' } });
    const ended = train({ recipe: recipe(), changes: [] });
    await vi.runAllTimersAsync();
    await ended;
    expect(getState().run.phase).toBe('idle');
    expect(getState().device).toMatchObject({ status: 'failed', failure: { code: 'device-lost' } });
    expect(getState().selfCheck).toBeUndefined();
  });
});

describe('the latest state', () => {
  it('is never that of the run before', async () => {
    let answer: (bytes: Uint8Array) => void = () => undefined;
    vi.spyOn(client, 'save').mockReturnValue(
      new Promise((resolve) => (answer = (value) => resolve({ ok: true, value }))),
    );
    setState({ present: { id: 'first' } as never });
    const saved = saveState();
    // The next run has begun before the state of the one that was stopped is there.
    setState({ present: undefined, latestState: undefined });
    answer(new Uint8Array(3));
    expect(await saved).toMatchObject({ ok: true });
    expect(getState().latestState).toBeUndefined();
  });
});

describe('a change made on the way, of a part that a run repeats', () => {
  const before = recipe();
  const after = recipe({ loss: { mainKl: 2 } });

  it('gives way in the engine to what a person changes before', () => {
    const course = new Course(before);
    course.plan(after, 5);
    course.step = 5;
    expect(course.due).toBe(after);
    course.step = 3;
    const other = recipe({ loss: { mainKl: 3 } });
    course.plan(other);
    course.follow(course.due!);
    course.step = 5;
    expect(course.due).toBeUndefined();
  });

  it('is made once, after the same update; another one takes its place', async () => {
    const subscribed = vi.spyOn(useStore, 'subscribe');
    followLiveEdits();
    const change = vi.spyOn(client, 'change').mockResolvedValue({ ok: true, value: undefined });
    const planned = [{ step: 5, recipe: after }];
    getState().takeRecipe(after);
    setState({ run: { ...idleRun, phase: 'running', recipe: before, planned } });
    await vi.runAllTimersAsync();
    expect(change).not.toHaveBeenCalled();
    setState(applyEvent(getState(), { type: 'recipe', step: 5, recipe: after }, 0));
    await vi.runAllTimersAsync();
    expect(change).not.toHaveBeenCalled();
    expect(getState().run).toMatchObject({ planned: [], changes: [{ step: 5, fields: ['loss.mainKl'] }] });

    const other = recipe({ loss: { mainKl: 3 } });
    setState({ run: { ...getState().run, recipe: before, planned } });
    getState().takeRecipe(other);
    await vi.runAllTimersAsync();
    expect(change).toHaveBeenCalledExactlyOnceWith(other);
    setState(applyEvent(getState(), { type: 'recipe', step: 3, recipe: other }, 0));
    expect(getState().run.planned).toBeUndefined();
    // The store outlives the test.
    for (const { value: unsubscribe } of subscribed.mock.results) (unsubscribe as () => void)();
  });
});
