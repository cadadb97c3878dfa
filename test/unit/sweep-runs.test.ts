import { beforeEach, describe, expect, it, vi } from 'vitest';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { planSweep } from '../../src/engine/sweep/plan.ts';
import { runsOf, type Foresight } from '../../src/engine/sweep/runs.ts';
import type { TrainEvent } from '../../src/engine/run/events.ts';
import { client } from '../../src/store/engine/client.ts';
import { keepRun } from '../../src/store/kept/keep-run.ts';
import { readRecord } from '../../src/store/kept/run-list.ts';
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

/** Stands for the engine: every student's numbers are told once; rates above 0.1 break the run. */
const trained: Recipe[] = [];
async function begin(): Promise<void> {
  const { parsed: own, run } = useStore.getState();
  if (own === undefined) throw new Error('the draft is no recipe');
  trained.push(own);
  const kept = await keepRun(own);
  const arms = armsOf(own);
  const broken = arms.find((arm) => arm.recipe.stages.distil.learningRate > 0.1);
  const failure = {
    code: 'not-finite' as const,
    message: 'no number',
    action: 'Lower the rate.',
    arm: broken?.key,
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
}
vi.mock('../../src/store/run/begin.ts', () => ({ begin: () => begin() }));

describe('a sweep', () => {
  beforeEach(() => {
    trained.length = 0;
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
});
