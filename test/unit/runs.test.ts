import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StepMetrics, TrainEvent } from '../../src/engine/run/events.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { changesIn, latestRecipe, recordUntil, type RunRecord } from '../../src/engine/run/record.ts';
import { runName } from '../../src/engine/recipe/run-name.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import { distinctNames, filterRows, sortRows } from '../../src/panels/runs/sorting.ts';
import { applyEvent, foldEvents } from '../../src/store/run/apply-event.ts';
import { metricsCsv, runsCsv } from '../../src/store/files/csv.ts';
import { Recorder } from '../../src/store/kept/recorder.ts';
import type { RunDatabase } from '../../src/store/kept/run-database.ts';
import { RunKeeper } from '../../src/store/kept/run-keeper.ts';
import { redraw } from '../../src/store/kept/overlays.ts';
import { mainSteps, runRow } from '../../src/store/kept/run-row.ts';
import { useStore } from '../../src/store/store.ts';
import { begun, liveEvents, recipe, recorded } from './run-fixtures.ts';

const initial = useStore.getState();
const fresh = () => ({
  ...initial,
  metrics: { steps: [], evaluations: [], probes: [], features: [], readings: [], version: 0 },
});

beforeEach(() => useStore.setState(fresh(), true));

describe('a record', () => {
  it.each([
    ['to its end', liveEvents()],
    ['stopped', [...liveEvents().slice(0, 22), { type: 'stopped' as const, step: 6 }]],
    [
      'failed',
      [
        ...liveEvents().slice(0, 16),
        {
          type: 'failed' as const,
          step: 4,
          failure: { code: 'device-lost' as const, message: 'Gone.', action: 'Reload.' },
        },
      ],
    ],
  ])('replayed %s leaves the state that the live events left', (_, events) => {
    const { events: kept } = recorded(events);
    for (const event of events) {
      const at = kept.find((entry) => entry.event === event)?.at ?? 0;
      useStore.setState(applyEvent(useStore.getState(), event, at));
    }
    const live = useStore.getState();
    const replayed = foldEvents(fresh(), kept);
    for (const part of ['run', 'metrics', 'panel', 'answers'] as const)
      expect(replayed[part]).toEqual(live[part]);
  });

  it('survives a file, pictures included', () => {
    const record = recorded();
    const text = JSON.stringify(recordToJson(record));
    expect(recordFromJson(JSON.parse(text))).toEqual(record);
  });

  it('from a file is checked, and events of kinds that are not known are left out', () => {
    const json = () =>
      JSON.parse(JSON.stringify(recordToJson(recorded()))) as {
        events: { at: number; event: Record<string, unknown> }[];
        recipe: Record<string, unknown>;
      };
    const newer = json();
    newer.events.push({ at: 5000, event: { type: 'hologram' } });
    expect(recordFromJson(newer)).toEqual(recorded());
    const damaged = json();
    delete damaged.events.find(({ event }) => event.type === 'metrics')!.event.steps;
    expect(() => recordFromJson(damaged)).toThrow(
      expect.objectContaining({ code: 'bundle-invalid', message: expect.stringContaining('steps') }),
    );
    const foreign = json();
    foreign.recipe.seed = 'one';
    expect(() => recordFromJson(foreign)).toThrow(/recipe\.seed/);
    for (const nothing of [null, 3, [], {}])
      expect(() => recordFromJson(nothing)).toThrow(/not a recorded run/);
  });

  it('is cut to a saved state without gap or repetition', () => {
    const record = recorded();
    const all = liveEvents().flatMap((event) => (event.type === 'metrics' ? event.steps : []));
    const untold = all.filter(({ step }) => step > 4 && step <= 6);
    for (const state of [
      { step: 4, untold: [] as StepMetrics[], recipe: record.recipe },
      { step: 6, untold, recipe: record.recipe },
    ]) {
      const past = recordUntil(record, state);
      const told = past.events.flatMap(({ event }) => (event.type === 'metrics' ? event.steps : []));
      const told4 = all.filter(({ step }) => step <= 4);
      expect(told).toEqual(told4);
      const looks = past.events.flatMap(({ event }) =>
        event.type === 'evaluation' || event.type === 'answers' ? [event.step] : [],
      );
      // A state is saved before the look at its own step.
      expect(looks).toEqual(state.step === 4 ? [0, 0, 0] : [0, 0, 0, 4, 4, 4]);
      expect(past.outcome).toBe('running');
    }
    expect(record.outcome).toBe('done');
  });

  it('of a run that was edited on its way goes on with what the run followed at that state', () => {
    const edited = { ...recipe(), loss: { ...recipe().loss, mainKl: 3 } };
    const events = liveEvents();
    const at = events.findIndex((event) => event.type === 'step' && event.step === 4);
    events.splice(at + 1, 0, { type: 'recipe', step: 4, recipe: edited });
    const record = recorded(events);
    expect(record.recipe).toEqual(recipe());
    const untold: StepMetrics[] = [];
    for (const [step, followed] of [
      [2, recipe()],
      // Saved before the change of its step, and after it.
      [4, recipe()],
      [4, edited],
      [8, edited],
    ] as const) {
      expect(latestRecipe(recordUntil(record, { step, untold, recipe: followed }))).toEqual(followed);
      // What a state does not know of is to be changed again.
      expect(changesIn(record, { step, recipe: followed })).toEqual(
        followed === edited ? [] : [{ step: 4, recipe: edited }],
      );
    }
  });
});

describe('the run that comes with the page', () => {
  it('is of its preset, of the shipped data and checkpoints, and small', () => {
    const text = readFileSync('public/recorded/default.json', 'utf8');
    expect(text.length).toBeLessThan(900_000);
    const record = recordFromJson(JSON.parse(text));
    expect(record.recipe).toEqual(defaultRecipe);
    expect(record.outcome).toBe('done');
    expect(record.origin!.command).toBe('npm run record -- --preset default');
    const json = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    // After a new export: npm run record.
    expect(record.dataHash).toBe(json('public/data/manifest.json').hash);
    expect(record.checkpoints).toEqual({
      teacher: json('public/checkpoints/mini-teacher/integrity.json').weights,
      student: json('public/checkpoints/mini-student/integrity.json').weights,
    });
    const { run, panel, metrics } = foldEvents(fresh(), record.events);
    expect(run).toMatchObject({ phase: 'done', step: run.totalSteps });
    expect(panel.length).toBeGreaterThan(0);
    expect(metrics.steps.length).toBeGreaterThanOrEqual(run.totalSteps);
  });
});

describe('a run in the table', () => {
  it('is named by what its recipe does differently', () => {
    expect(runName(defaultRecipe).short).toBe('mini · GenRecal · seed 1');
    const changed = structuredClone(defaultRecipe);
    changed.seed = 4;
    changed.objective = 'mined';
    changed.stages.distil.learningRate = 3e-3;
    expect(runName(changed).short).toBe('mini · MinED · distil lr 3e-3 · seed 4');
    changed.evaluation.everySteps = 7;
    changed.logEverySteps = 2;
    expect(runName(changed).short).toBe('mini · MinED · distil lr 3e-3 · seed 4');
    changed.loss.temperature = 2;
    changed.optimiser.clipNorm = 0;
    changed.data.labelled = 0;
    changed.optimiser.beta1 = 0.5;
    const { short, whole } = runName(changed);
    expect(short).toBe('mini · MinED · all labels · distil lr 3e-3 · 3 more changes · seed 4');
    expect(whole).toContain('T 2');
    expect(whole).toContain('no clipping');
  });

  it('says before, after, the gain over the control, the loss and how far it came', () => {
    const row = runRow(recorded());
    expect(row).toMatchObject({
      outcome: 'done',
      before: 0.25,
      questions: 8,
      final: true,
      step: 8,
      totalSteps: 8,
    });
    expect(row.after!.mean).toBe(0.75);
    expect(row.gain).toMatchObject({ mean: 0.25, over: 'SFT control' });
    expect(row.loss).toBeCloseTo([1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, n) => sum + 10 / n, 0) / 8, 12);
    const cut = runRow(recorded(liveEvents().slice(0, 18)));
    expect(cut).toMatchObject({ outcome: 'running', before: 0.25, final: false, step: 4, gain: undefined });
    expect(cut.after!.mean).toBe(0.5);
  });

  it('is sorted by any column, without a value last, and found by words', () => {
    const rows = [
      runRow(recorded(liveEvents(recipe({ seed: 2 })), 'a')),
      runRow(recorded(liveEvents(recipe({ seed: 3 })).slice(0, 10), 'b')),
      runRow(recorded(liveEvents(recipe({ seed: 1 })), 'c')),
    ];
    const order = (by: 'seed' | 'gain', descending: boolean) =>
      sortRows(rows, { by, descending }).map(({ id }) => id);
    expect(order('seed', false)).toEqual(['c', 'a', 'b']);
    expect(order('seed', true)).toEqual(['b', 'a', 'c']);
    expect(order('gain', false).at(-1)).toBe('b');
    expect(order('gain', true).at(-1)).toBe('b');
    expect(filterRows(rows, 'NANO seed 3').map(({ id }) => id)).toEqual(['b']);
    expect(filterRows(rows, 'done test').length).toBe(2);
  });

  it('has a name that tells it from others like it', () => {
    const many = (learningRate: number, id: string) =>
      runRow(
        recorded(
          liveEvents(
            recipe({
              data: { examples: 64, batchSize: 4, labelled: 0 },
              stages: { align: { steps: 2 }, distil: { steps: 6, learningRate }, finetune: { steps: 0 } },
            }),
          ),
          id,
        ),
      );
    const rows = [many(2e-3, 'a'), many(4e-3, 'b'), many(5e-3, 'c')];
    expect(rows[1]!.name).toBe(rows[2]!.name);
    expect(Object.fromEntries(distinctNames(rows))).toEqual({
      // The default rate is no difference.
      a: rows[0]!.name,
      b: 'nano · GenRecal · distil lr 4e-3 · seed 1',
      c: 'nano · GenRecal · distil lr 5e-3 · seed 1',
    });
    expect(distinctNames([rows[1]!]).get('b')).toBe(rows[1]!.name);
  });

  it('has a number where an earlier one has the same name', () => {
    const row = (id: string, startedAt: string) => ({ ...runRow(recorded(liveEvents(), id)), startedAt });
    const names = distinctNames([row('late', '2026-11-02'), row('early', '2026-11-01')]);
    const { name } = row('early', '');
    expect([names.get('early'), names.get('late')]).toEqual([name, `${name} (2)`]);
  });

  it('becomes one line of CSV, and its numbers one line each', () => {
    const events = liveEvents();
    const record = { ...recorded(events), adapter: '=cmd, "x"' };
    const csv = runsCsv([record]);
    // By this mark Excel knows UTF-8, and shows “·” and “×” as they are.
    expect(csv.startsWith('\uFEFF')).toBe(true);
    const lines = csv.slice(1).split('\r\n');
    expect(lines).toHaveLength(3);
    const header = lines[0]!.split(',');
    expect(header.slice(0, 2)).toEqual(['id', 'name']);
    expect(lines[1]).toContain(`"'=cmd, ""x"""`);
    expect(lines[1]).toContain('"{""pair"":""nano""');
    const numbers = metricsCsv([record]).slice(1).trimEnd().split('\r\n');
    expect(numbers[0]).toBe('run_id,arm,seed,step,stage,metric,value');
    // Two losses, norm and rate of two arms in eight steps; seven evaluations.
    expect(numbers).toHaveLength(1 + 8 * 2 * 4 + 7);
    expect(numbers).toContain('run-1,main,1,4,distil,total,2.5');
    expect(numbers).toContain('run-1,sft,1,8,,exact_match_final,0.5');
  });

  it('tells in the table what was varied, and what everybody came to', () => {
    const withPerplexity = (event: TrainEvent): TrainEvent =>
      event.type === 'evaluation' && event.who === 'main'
        ? { ...event, score: { ...event.score, perplexity: 2.5 } }
        : event;
    const own = recorded(liveEvents().map(withPerplexity), 'a');
    const cut = recorded(liveEvents(recipe({ loss: { mainKl: 0.5 } })).slice(0, 18), 'b');
    const [header, ...lines] = runsCsv([own, cut]).slice(1).trimEnd().split('\r\n');
    const names = header!.split(',');
    const cells = lines.map((line) => {
      const values = line.split(',');
      return Object.fromEntries(names.map((name, i) => [name, values[i]]));
    });
    expect(cells[0]).toMatchObject({
      'loss.mainKl': '1',
      exact_match_teacher: '0.875',
      exact_match_before: '0.25',
      exact_match_main: '0.75',
      perplexity_main: '2.5',
      exact_match_sft: '0.5',
      perplexity_sft: '',
    });
    // Cut off: what the live questions said.
    expect(cells[1]).toMatchObject({
      'loss.mainKl': '0.5',
      exact_match_main: '0.5',
      exact_match_sft: '0.375',
    });
    expect(names.filter((name) => name.includes('.'))).toEqual(['loss.mainKl']);
  });

  it('has a column for what only one of the recipes has, whichever comes first', () => {
    const plain = recorded(liveEvents(), 'a');
    const own = recorded(liveEvents(recipe({ student: { lora: { rank: 4 } } })), 'b');
    const columns = (...records: RunRecord[]) =>
      runsCsv(records)
        .slice(1)
        .split('\r\n')[0]!
        .split(',')
        .filter((name) => name.startsWith('student.lora'))
        .sort();
    expect(columns(plain, own)).toContain('student.lora.rank');
    expect(columns(own, plain)).toEqual(columns(plain, own));
  });

  it('is drawn behind another with the numbers of all its seeds', () => {
    const seeds = 2;
    const events = liveEvents(recipe({ seeds })).map((event): TrainEvent =>
      event.type === 'metrics'
        ? { ...event, steps: [1, 2].flatMap((seed) => event.steps.map((step) => ({ ...step, seed }))) }
        : event,
    );
    const record = recorded(events, 'several');
    const empty = { id: 'several', name: '', steps: [], seeds: 1, evaluations: [], readings: [] };
    useStore.setState({ overlays: [empty] });
    redraw([record]);
    const [drawn] = useStore.getState().overlays;
    expect(drawn!.seeds).toBe(seeds);
    expect(drawn!.steps).toHaveLength(16);
    expect(new Set(drawn!.steps.map(({ seed }) => seed))).toEqual(new Set([1, 2]));
    expect(mainSteps(record)).toHaveLength(8);
    useStore.setState({ overlays: [] });
  });
});

describe('keeping runs', () => {
  const failing = (reason: Error): RunDatabase => {
    const refuse = () => Promise.reject(reason);
    return {
      list: () => Promise.resolve({ rows: [], unreadable: [] }),
      read: () => Promise.resolve(undefined),
      write: refuse,
      describe: refuse,
      remove: refuse,
      savePoints: () => Promise.resolve([]),
      state: () => Promise.resolve(undefined),
      forgetState: refuse,
      forgetOtherState: refuse,
      close: () => undefined,
    };
  };
  it.each([
    ['refused at all', () => Promise.reject(new DOMException('no', 'SecurityError')), /private window/],
    ['full', () => Promise.resolve(failing(new DOMException('no', 'QuotaExceededError'))), /no room/],
  ])('goes on in memory where storage is %s, and says so once', async (_, open, said) => {
    const told = vi.fn();
    const keeper = new RunKeeper(open, told);
    const recorder = new Recorder(keeper, begun(), () => undefined);
    liveEvents().forEach((event, i) => recorder.take(i, event));
    await recorder.write();
    await recorder.write();
    const { rows } = await keeper.list();
    expect(rows).toMatchObject([{ outcome: 'done', step: 8 }]);
    const kept = await keeper.read(rows[0]!.id);
    expect(kept!.events.map(({ event }) => event)).toEqual(
      liveEvents().filter(({ type }) => type !== 'step'),
    );
    await keeper.remove(rows[0]!.id);
    expect((await keeper.list()).rows).toEqual([]);
    expect(told).toHaveBeenCalledTimes(1);
    expect(told.mock.calls[0]![0]).toMatchObject({
      code: 'storage-refused',
      message: expect.stringMatching(said) as string,
    });
  });

  it('gives up states before records where there is no room, says so once, and keeps the latest state in memory', async () => {
    const done: string[] = [];
    const told = vi.fn();
    let room = false;
    const keeper = new RunKeeper(
      () =>
        Promise.resolve({
          ...failing(new Error('unused')),
          write: (_record, _row, _from, saved) => {
            done.push(saved === undefined ? 'record' : 'record and state');
            return saved === undefined || room
              ? Promise.resolve([])
              : Promise.reject(new DOMException('no', 'QuotaExceededError'));
          },
          forgetOtherState: () => {
            done.push('forget another');
            return Promise.resolve(undefined);
          },
        }),
      told,
    );
    const record = recorded();
    const about = { id: record.id, name: '', step: 4, totalSteps: 8, savedAt: '', cutOff: true };
    const state = Uint8Array.of(1, 2, 3);
    await keeper.write(record, runRow(record), 0, { about, bytes: state });
    const again = ['record and state', 'forget another'];
    expect(done).toEqual([...again, ...again, 'record']);
    expect(await keeper.state(record.id)).toBe(state);
    await keeper.write(record, runRow(record), 0, { about, bytes: state });
    expect(told).toHaveBeenCalledTimes(1);
    expect(told.mock.calls[0]![0]).toMatchObject({
      message: expect.stringContaining('could not go on') as string,
    });
    room = true;
    await keeper.write(record, runRow(record), 0, { about, bytes: state });
    expect(await keeper.state(record.id)).toBeUndefined();
  });

  it('writes only what is new, and not at every step', async () => {
    const parts: [number, number][] = [];
    const recorder = new Recorder(
      {
        write: (record, _row, from) => {
          parts.push([from, record.events.length]);
          return Promise.resolve();
        },
      },
      begun(),
      () => undefined,
    );
    for (const [i, event] of liveEvents().entries()) {
      recorder.take(i, event);
      await Promise.resolve();
    }
    await recorder.write();
    expect(parts.length).toBeLessThan(6);
    parts.reduce((end, [from, to]) => {
      expect(from).toBe(end);
      return to;
    }, 0);
    expect(parts.at(-1)![1]).toBe(liveEvents().filter(({ type }) => type !== 'step').length);
  });
});
