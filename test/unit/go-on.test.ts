import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unzipSync } from 'fflate';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { withHalfTheRate } from '../../src/engine/recipe/live.ts';
import { recordUntil, type RunRecord } from '../../src/engine/run/record.ts';
import { describeState, encodeState } from '../../src/engine/run/saved-state.ts';
import { client } from '../../src/store/engine/client.ts';
import { readBundle } from '../../src/store/files/bundle.ts';
import * as downloads from '../../src/store/files/download.ts';
import { openFile, saveRun } from '../../src/store/files/run-files.ts';
import { keeper } from '../../src/store/kept/keeper.ts';
import { describeRun, readRecord } from '../../src/store/kept/run-list.ts';
import { takeRecords } from '../../src/store/kept/take-records.ts';
import { goOnWith } from '../../src/store/run/go-on.ts';
import { showOpened } from '../../src/store/run/open-run.ts';
import { loadable } from '../../src/store/slices/pair-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recipe, recorded, stateOf } from './run-fixtures.ts';

const state = () => useStore.getState();

beforeEach(() => {
  useStore.setState(useStore.getInitialState(), true);
  // A page with a pair on a device that computes as it should.
  useStore.setState({
    device: { status: 'ready', report: { adapter: 'card' } as never },
    selfCheck: { ok: true } as never,
    load: { status: 'ready', ...loadable(recipe()) },
    contents: { dataHash: 'd'.repeat(64), checkpoints: { teacher: 't'.repeat(64), student: 's'.repeat(64) } },
    runs: [],
  });
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('navigator', {});
  vi.spyOn(client, 'forecast').mockResolvedValue({ ok: false, failure: {} as never });
  vi.spyOn(client, 'save').mockResolvedValue({ ok: false, failure: {} as never });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** An engine that stops a run at once. → what it was asked to run */
function engine(): { recipe: Recipe; state: Uint8Array | undefined }[] {
  const asked: ReturnType<typeof engine> = [];
  vi.spyOn(client, 'run').mockImplementation((own, onEvent, start) => {
    asked.push({ recipe: own, state: start.state });
    onEvent({ type: 'stopped', step: 4 });
    return Promise.resolve({ ok: true, value: 'stopped' });
  });
  return asked;
}

/** A state of 1.6 GB, of memory that nothing touches but for its header. */
function largeState(record: RunRecord): Uint8Array {
  const small = encodeState(stateOf(record));
  const header = JSON.parse(new TextDecoder().decode(small.subarray(4))) as object;
  const text = new TextEncoder().encode(
    JSON.stringify({ ...header, tensors: [{ name: 'main/w', length: 4e8 }] }),
  );
  const bytes = new Uint8Array(4 + text.length + 4 * 4e8);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  return bytes;
}

describe('what a person says of a run while it comes back', () => {
  const words = { name: 'large batch', note: 'as in the paper' };
  const said = (id: string) => describeRun(id, words);

  /** A run of this browser that can go on from a step; what is read of it is a copy, as a database gives it. */
  async function kept(id: string, step: number, told = 18): Promise<RunRecord> {
    const record = recorded(liveEvents().slice(0, told), id);
    await takeRecords([record]);
    useStore.setState({ savePoints: [{ id, step } as never] });
    vi.spyOn(keeper, 'read').mockImplementation(() => Promise.resolve(structuredClone(record)));
    return record;
  }

  it('stays while its state is read', async () => {
    const record = await kept('named', 4);
    engine();
    vi.spyOn(keeper, 'state').mockImplementation(async (id) => {
      await said(id);
      return encodeState(stateOf(record));
    });
    await goOnWith('named');
    expect(state().present).toMatchObject({ id: 'named', record: words });
    expect(state().runs!.find(({ id }) => id === 'named')).toMatchObject({ given: words.name });
  });

  it('stays while a lost engine is brought back', async () => {
    const record = await kept('lost', 4);
    vi.spyOn(keeper, 'state').mockResolvedValue(encodeState(stateOf(record)));
    const failure = { code: 'device-lost' as const, message: 'Gone.', action: 'Wait.' };
    vi.spyOn(client, 'run')
      .mockImplementationOnce(() => {
        // What the supervisor does meanwhile.
        const back = new Promise((resolve) => setTimeout(resolve)).then(() => said('lost'));
        useStore.setState({ recovery: back.then(() => true) });
        return Promise.resolve({ ok: false, failure });
      })
      .mockImplementationOnce((_, onEvent) => {
        onEvent({ type: 'stopped', step: 4 });
        return Promise.resolve({ ok: true, value: 'stopped' });
      });
    await goOnWith('lost');
    expect(state().setback).toMatchObject({ wentOnFrom: 4 });
    expect(state().present).toMatchObject({ id: 'lost', record: { ...words, outcome: 'stopped' } });
  });

  it('goes with one that had told nothing to the run that begins in its place', async () => {
    await kept('begun', 0, 3);
    await said('begun');
    engine();
    await goOnWith('begun');
    const { id, record } = state().present!;
    expect(id).not.toBe('begun');
    expect(record).toMatchObject(words);
    expect(state().runs!.map((row) => [row.id, row.given])).toEqual([[id, words.name]]);
  });
});

describe('a run that was opened from a file', () => {
  /** A run that was saved as a file at its fourth update, and has gone on here from its second with half the rate. */
  async function branched(id: string): Promise<{ file: RunRecord; bytes: Uint8Array; here: RunRecord }> {
    const file = recorded(liveEvents().slice(0, 18), id);
    const events = liveEvents();
    const second = events.findIndex((event) => event.type === 'step' && event.step === 2);
    events.splice(second + 1, 0, { type: 'recipe', step: 2, recipe: withHalfTheRate(file.recipe) });
    const here = recorded(events, id);
    await takeRecords([structuredClone(here)]);
    await takeRecords([file]);
    const bytes = encodeState(stateOf(file));
    showOpened(file, bytes);
    return { file, bytes, here };
  }

  it('goes on as the file has it, whatever the same run did here', async () => {
    const { file, bytes, here } = await branched('branched');
    await describeRun('branched', { name: 'as saved', note: '' });
    const asked = engine();
    await goOnWith('branched');
    expect(asked).toEqual([{ recipe: file.recipe, state: bytes }]);
    const { id, name, events } = state().present!.record;
    expect(id).not.toBe('branched');
    expect(name).toBe('as saved');
    expect(events.slice(0, -1)).toEqual(recordUntil(file, describeState(bytes)).events);
    expect((await readRecord('branched')).events).toEqual(here.events);
  });

  it('is saved without its state where that is too large for a file, and the page says so', async () => {
    const file = recorded(liveEvents().slice(0, 18), 'large');
    await takeRecords([file]);
    showOpened(file, largeState(file));
    const download = vi.spyOn(downloads, 'download').mockReturnValue();
    await saveRun('large');
    const zip = new Uint8Array(await download.mock.lastCall![1].arrayBuffer());
    expect(await readBundle(zip)).toEqual({ record: file, state: undefined });
    expect(state().runsNotice).toMatchObject({
      message: expect.stringMatching(/without its state/) as string,
    });
    // What is saved is not too large to be opened.
    await openFile({ name: 'run.zip', size: 1.6e9, arrayBuffer: () => Promise.resolve(zip.buffer) } as File);
    expect(state()).toMatchObject({ opened: undefined, replay: { record: { id: 'large' } } });
  });

  it('is saved with no state but its own', async () => {
    const { here } = await branched('saved again');
    const download = vi.spyOn(downloads, 'download').mockReturnValue();
    await saveRun('saved again');
    const zip = new Uint8Array(await download.mock.lastCall![1].arrayBuffer());
    expect(Object.keys(unzipSync(zip))).not.toContain('state.bin');
    expect(await readBundle(zip)).toEqual({ record: here, state: undefined });
  });
});
