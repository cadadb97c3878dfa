import { beforeEach, describe, expect, it, vi } from 'vitest';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { planSweep } from '../../src/engine/sweep/plan.ts';
import { runsOf, type Foresight } from '../../src/engine/sweep/runs.ts';
import type { TrainEvent } from '../../src/engine/run/events.ts';
import { addEvent, beginRecord, type RunRecord } from '../../src/engine/run/record.ts';
import { client } from '../../src/store/engine/client.ts';
import { keepRun } from '../../src/store/kept/keep-run.ts';
import { readRecord } from '../../src/store/kept/run-list.ts';
import { takeRecords } from '../../src/store/kept/take-records.ts';
import { runToSave } from '../../src/store/files/run-files.ts';
import { keeper } from '../../src/store/kept/keeper.ts';
import { discardSavePoint, readEarlierRuns } from '../../src/store/run/settle.ts';
import { startSweep } from '../../src/store/run/sweep.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recipe } from './run-fixtures.ts';

const rates = (...range: number[]): Recipe[] => {
  const axes = [{ path: 'stages.distil.learningRate', range }];
  const planned = planSweep({ axes, samples: 1, seeds: 1 }, recipe());
  if (!planned.ok) throw new Error(planned.message);
  return planned.recipes;
};
const all = rates(1e-3, 2e-3, 3e-3, 4e-3, 5e-3);

describe('the runs of a sweep', () => {
  const students = (own: Recipe) => armsOf(own).length;
  /** A card with room for so many students, which packs weights from another number on. */
  const card =
    (most: number, unpacked = Infinity) =>
    (own: Recipe): Promise<Foresight> =>
      Promise.resolve({
        seconds: students(own),
        fits: students(own) <= most,
        frozen: students(own) <= unpacked ? 'f32' : 'f16',
      });
  const sizes = async (foresee: Parameters<typeof runsOf>[1]) =>
    (await runsOf(all, foresee)).map(({ settings, seconds }) => [settings.length, seconds]);

  it('are as few as memory has room for', async () => {
    expect(await sizes(card(10))).toEqual([[5, 10]]);
    expect(await sizes(card(9))).toEqual([
      [3, 6],
      [2, 4],
    ]);
    expect(await sizes(card(4))).toEqual([
      [2, 4],
      [1, 2],
      [2, 4],
    ]);
    // Where not even one fits, each is tried by itself.
    const each = Array.from({ length: 5 }, () => [1, 2]);
    expect(await sizes(card(2))).toEqual(each);
    expect(await sizes(card(0))).toEqual(each);
  });

  it('compute what each setting alone would: no weights are packed for the sake of others', async () => {
    expect(await sizes(card(10, 4))).toEqual([
      [2, 4],
      [1, 2],
      [2, 4],
    ]);
    expect(await sizes(card(10, 0))).toEqual([[5, 10]]);
  });

  it('are one after the other where nothing can be foreseen', async () => {
    expect(await sizes(() => Promise.resolve(undefined))).toEqual(
      Array.from({ length: 5 }, () => [1, undefined]),
    );
  });
});

/** Stands for the engine: every student's numbers are told once; rates above 0.1 break the run, and those above 0.8 are refused. */
const trained: Recipe[] = [];
/** Runs that can begin before the engine is gone for good. */
let most = Infinity;
async function begin(sweep?: RunRecord['sweep']): Promise<boolean> {
  const { parsed: own, run } = useStore.getState();
  if (own === undefined) throw new Error('the draft is no recipe');
  if (trained.length === most) return false;
  trained.push(own);
  const kept = await keepRun({ recipe: own, sweep });
  const arms = armsOf(own);
  const broken = arms.find((arm) => arm.recipe.stages.distil.learningRate > 0.1);
  const refused = arms.some((arm) => arm.recipe.stages.distil.learningRate > 0.8);
  const failure = {
    code: refused ? ('recipe-invalid' as const) : ('not-finite' as const),
    message: 'no number',
    action: 'Lower the rate.',
    ...(broken && !refused && { arm: broken.key }),
  };
  const [start, ...rest] = liveEvents(own);
  if (start?.type !== 'start') throw new Error('no start');
  const done = rest.at(-1)!;
  if (done.type !== 'done') throw new Error('no end');
  const after = done.final.arms[0]!.after;
  const events: TrainEvent[] = [
    { ...start, arms: arms.map(({ key, label }) => ({ key, label })) },
    broken === undefined
      ? {
          type: 'done',
          final: { ...done.final, arms: arms.map(({ key, label }) => ({ key, label, after })) },
        }
      : { type: 'failed', step: 3, failure },
  ];
  for (const event of events) kept.take(0, event);
  const phase = broken === undefined ? 'done' : 'failed';
  useStore.setState({ run: { ...run, phase, failure: broken && failure } });
  await kept.end();
  return true;
}
vi.mock('../../src/store/run/begin.ts', () => ({ begin: (sweep?: RunRecord['sweep']) => begin(sweep) }));

describe('a sweep', () => {
  beforeEach(() => {
    trained.length = 0;
    most = Infinity;
    useStore.setState(useStore.getInitialState(), true);
    // What a run needs of a loaded pair, and of the page.
    useStore.setState({
      load: { status: 'ready' } as never,
      contents: { dataHash: 'd', checkpoints: { teacher: 't', student: 's' } },
      runs: [],
    });
    vi.stubGlobal('document', new EventTarget());
    vi.stubGlobal('navigator', {});
    vi.spyOn(client, 'foresee').mockResolvedValue({
      ok: true,
      value: { seconds: 1, fits: true, frozen: 'f32' } as never,
    });
    return () => {
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    };
  });
  const rows = () =>
    useStore
      .getState()
      .runs!.map(({ recipe: own, outcome, sweep }) => [
        own.stages.distil.learningRate,
        outcome,
        sweep?.together,
        own.arms.length,
      ])
      .sort(([a], [b]) => Number(a) - Number(b));

  it('keeps a record of every setting, and none of what trained them', async () => {
    const draft = useStore.getState().draft;
    await startSweep(all.slice(0, 3), ['stages.distil.learningRate']);
    expect(trained).toHaveLength(1);
    expect(rows()).toEqual([1e-3, 2e-3, 3e-3].map((rate) => [rate, 'done', 3, 1]));
    const [row] = useStore.getState().runs!;
    expect((await readRecord(row!.id)).events.at(-1)!.event).toMatchObject({
      type: 'done',
      final: {
        arms: [
          { key: 'main', label: 'GenRecal' },
          { key: 'sft', label: 'SFT control' },
        ],
      },
    });
    expect(useStore.getState()).toMatchObject({ draft, sweep: undefined });
  });

  it('trains the others again, without the setting whose numbers broke the run', async () => {
    await startSweep(rates(1e-3, 0.5, 2e-3), ['stages.distil.learningRate']);
    expect(trained.map(({ arms }) => arms.length)).toEqual([5, 3]);
    expect(rows()).toEqual([
      [1e-3, 'done', 2, 1],
      [2e-3, 'done', 2, 1],
      [0.5, 'failed', 3, 1],
    ]);
  });

  it('trains each by itself where nobody can say which of them the engine refuses', async () => {
    await startSweep(rates(1e-3, 0.9, 2e-3), ['stages.distil.learningRate']);
    expect(trained.map(({ arms }) => arms.length)).toEqual([5, 1, 1, 1]);
    expect(rows()).toEqual([
      [1e-3, 'done', undefined, 1],
      [2e-3, 'done', undefined, 1],
      [0.9, 'failed', undefined, 1],
    ]);
  });

  it('that cannot train the others again loses nothing of what the run with the broken one has told, and says so', async () => {
    most = 1;
    await startSweep(rates(1e-3, 0.5, 2e-3), ['stages.distil.learningRate']);
    expect(rows()).toEqual([
      [1e-3, 'stopped', 3, 1],
      [2e-3, 'stopped', 3, 1],
      [0.5, 'failed', 3, 1],
    ]);
    expect(useStore.getState().runsNotice).toMatchObject({
      message: 'The sweep has ended after 1 of 3 settings: the next run could not begin.',
    });
    // Its setting is named where it broke the run, and nowhere else.
    const last = async (place: number) =>
      (await readRecord(useStore.getState().runs!.find(({ id }) => id.endsWith(`-${place}`))!.id)).events.at(
        -1,
      )!.event;
    expect(await last(1)).toEqual({ type: 'stopped', step: 3 });
    expect(await last(2)).toMatchObject({ type: 'failed', failure: { arm: 'main' } });
  });

  it('that never begins has done nothing', async () => {
    most = 0;
    await startSweep(all.slice(0, 3), ['stages.distil.learningRate']);
    expect(rows()).toEqual([]);
    expect(useStore.getState().runsNotice?.message).toContain('after 0 of 3 settings');
  });

  /** A run of three settings that was cut off, and can go on or begin again. */
  async function cutOff(): Promise<string> {
    const settings = all.slice(0, 3);
    const { recipe: own, settings: parts } = (
      await runsOf(settings, () => Promise.resolve({ seconds: 1, fits: true, frozen: 'f32' }))
    )[0]!;
    const sweep = { id: 'sweep', fields: ['stages.distil.learningRate'], settings: parts };
    const id = crypto.randomUUID();
    const about = { id, startedAt: new Date().toISOString(), adapter: 'card', sweep };
    const record = beginRecord(about, { recipe: own, ...useStore.getState().contents! });
    for (const event of liveEvents(own).slice(0, 3)) addEvent(record, 0, event);
    await takeRecords([record]);
    useStore.setState({ savePoints: [{ id, step: 2 } as never] });
    return id;
  }
  const three = [1e-3, 2e-3, 3e-3].map((rate) => [rate, 'running', 3, 1]);

  it('of which a run is not wanted any more, or can no longer go on, leaves the settings’ records', async () => {
    const discarded = await cutOff();
    expect(rows()).toHaveLength(1);
    await discardSavePoint(discarded);
    expect(rows()).toEqual(three);
    const left = await cutOff();
    expect(useStore.getState().runs!.map(({ id }) => id)).toContain(left);
    useStore.setState({ savePoints: [], runs: undefined });
    vi.spyOn(keeper, 'savePoints').mockResolvedValue([]);
    await readEarlierRuns();
    expect(useStore.getState().runs!.map(({ id }) => id)).not.toContain(left);
    // Those of the tests before are there as well.
    expect(useStore.getState().runs!.filter(({ id }) => id.startsWith(`${left}-`))).toHaveLength(3);
  });

  it('keeps the whole record where there is no room for the others', async () => {
    const id = await cutOff();
    vi.spyOn(keeper, 'lasts').mockImplementation((own) => own === id);
    await discardSavePoint(id);
    expect(useStore.getState().runs!.map((row) => row.id)).toEqual([id]);
  });

  it('can be saved by the record of the setting that the page shows', async () => {
    await startSweep(all.slice(0, 2), ['stages.distil.learningRate']);
    const saved = runToSave(useStore.getState());
    const row = useStore.getState().runs!.find(({ id }) => id === saved);
    expect(row!.recipe.stages.distil.learningRate).toBe(1e-3);
  });
});
