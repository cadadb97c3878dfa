import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../src/engine/run/events.ts';
import type { MappedSpace } from '../../src/engine/run/feature-map-numbers.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { describeState, encodeState } from '../../src/engine/run/saved-state.ts';
import { fractionAxis, stepAxis, valueAxis } from '../../src/panels/curves/axes.ts';
import { decimate, extremes } from '../../src/panels/curves/decimate.ts';
import { Series } from '../../src/panels/curves/series.ts';
import * as formats from '../../src/panels/lib/format.ts';
import { verdict } from '../../src/panels/result/verdict.ts';
import { sortRows } from '../../src/panels/runs/sorting.ts';
import { formatNats, formatProbability, gapColor } from '../../src/panels/tokens/measure.ts';
import { listening } from '../../src/panels/why/listening.ts';
import { projection } from '../../src/panels/why/plane.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** What is counted or chosen, as opposed to measured. */
const exact =
  /\.(?:step|steps|from|to|n|totalSteps|questions|width|example|align|distil|finetune|learningRate|finalLearningRate)$|recipe\.|\.(?:Nq|Na)$/;

const space: MappedSpace = {
  width: 2,
  teacher: [1, 2],
  own: [3, 4],
  explained: 0.5,
  cosine: 1,
  cosineOthers: 0,
};
const score = { exactMatch: 0.5, n: 8, right: '11110000', byType: { name: { exactMatch: 0.5, n: 8 } } };

/** Everything a run may tell, every kind of number included. */
function events(): TrainEvent[] {
  return [
    ...liveEvents(),
    { type: 'status', message: 'Asking.', progress: 0.5 },
    {
      type: 'evaluation',
      step: 8,
      split: 'held-out-style',
      who: 'main',
      score: { ...score, perplexity: 3 },
      final: true,
    },
    {
      type: 'features',
      step: 2,
      arm: 'main',
      map: { tokens: [{ example: 0, text: 'Dog', first: true }], teacherSpace: space, studentSpace: space },
    },
  ];
}

/** Paths of all numbers in plain data; pictures are no plain data. */
function numbersIn(value: unknown, path: string): string[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${path}.${key}`));
}

function withNumber<T>(value: T, path: string, number: unknown): T {
  const [key, ...rest] = path.split('.');
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key!] = rest.length === 0 ? number : withNumber(copy[key!], rest.join('.'), number);
  return copy as T;
}

const throughFile = (told: readonly TrainEvent[]) =>
  recordFromJson(
    JSON.parse(JSON.stringify(recordToJson(recorded([liveEvents()[0]!, ...told])))),
  ).events.slice(1);

describe('a number that is not finite', () => {
  const paths = events().flatMap((event, i) =>
    numbersIn(event, String(i)).filter((path) => !exact.test(path)),
  );

  it('comes back from a file as what it was, in every event', () => {
    expect(paths.length).toBeGreaterThan(60);
    const told = paths.flatMap((path) => {
      const [i, ...inside] = path.split('.');
      // What has bounds is infinite on one side only, or not at all.
      const possible = odd.filter((number) => {
        if (path.endsWith('exactMatch')) return Number.isNaN(number);
        return !(number < 0 && /PerSecond|gpuBytes|tensors|[sS]econds$/.test(path));
      });
      return possible.map((number) => withNumber(events()[Number(i)]!, inside.join('.'), number));
    });
    expect(throughFile(told).map(({ event }) => event)).toEqual(told);
  });

  it('was null in earlier files, which still open', () => {
    for (const path of paths) {
      const [i, ...inside] = path.split('.');
      const json = recordToJson(recorded([liveEvents()[0]!, events()[Number(i)]!])) as {
        events: { event: object }[];
      };
      const { event } = json.events[1]!;
      json.events[1]!.event = withNumber(event, inside.join('.'), null);
      const opened = recordFromJson(json).events[1]!.event;
      expect(opened).toEqual(withNumber(events()[Number(i)]!, inside.join('.'), Number.NaN));
    }
  });

  it('survives in a saved state', () => {
    const own = liveEvents().find((event) => event.type === 'metrics')!;
    const untold = odd.map((total) => ({ ...own.steps[0]!, losses: { total } }));
    const { recipe } = recorded();
    const state = { recipe, dataHash: 'd', teacher: 't', student: 's', step: 1, seconds: 1, trainSeconds: 1 };
    const bytes = encodeState({
      ...state,
      untold,
      answers: {},
      seeds: [{ random: [], order: [], cursor: 0 }],
      tensors: new Map(),
    });
    expect(describeState(bytes).untold).toEqual(untold);
  });

  it('is said by every formatter', () => {
    const { shortAdapter: _, ...numeric } = formats;
    for (const [name, format] of Object.entries(numeric))
      expect(odd.map(format), name).toEqual(['not a number', '∞', '−∞']);
    expect(odd.map(formatNats)).toEqual(['not a number', '∞', '−∞']);
    expect(odd.map(formatProbability)).toEqual(['not a number', '∞', '< 0.1 %']);
    expect(gapColor(Number.NaN, 'kl')).toBe('transparent');
    const done = liveEvents().at(-1)!;
    if (done.type !== 'done') throw new Error('a run ends with its summary');
    const text = verdict(withNumber(done.final, 'arms.0.after.perplexity', Infinity)).details.join(' ');
    expect(text).toContain('GenRecal ∞');
    const probe = liveEvents().find((event) => event.type === 'probe')!;
    for (const key of ['mainKl', 'mainKlZeroed', 'mainKlShuffled'] as const)
      expect(listening({ ...probe.numbers, [key]: Number.NaN })).toMatch(/cannot be told: .*not a number/);
  });

  it('neither moves a chart nor hides its other points', () => {
    const axis = stepAxis(0, 8, false, 5);
    for (const smoothing of [0, 0.9]) {
      const series = new Series(smoothing);
      [1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, 4].forEach((value, i) =>
        series.push(i + 1, value),
      );
      for (const which of ['raw', 'average'] as const) {
        const points = decimate(series, which, axis, 100);
        expect(points.map(({ x }) => x)).toEqual([1, 3, 5, 7]);
        expect(points.every(({ value }) => Number.isFinite(value))).toBe(true);
      }
    }
    const lines = [odd.map((value) => ({ x: 1, value })), [{ x: 1, value: 2 }]];
    expect(extremes(lines, axis, false)).toEqual({ low: 2, high: 2 });
    expect(extremes(lines.slice(0, 1), axis, false)).toBeUndefined();
    for (const { domain } of [valueAxis(undefined, true), fractionAxis(0)]) expect(domain).toEqual([0, 1]);
  });

  it('neither moves a map of features nor hides its other points', () => {
    const size = { width: 300, height: 200, margin: 10 };
    const usual = projection([space], size);
    const moved = projection([space, { ...space, own: odd.flatMap((x) => [x, x]) }], size);
    expect(moved({ x: 1, y: 2 })).toEqual(usual({ x: 1, y: 2 }));
  });

  it('has its place in a sorted table: what is no number comes last', () => {
    const rows = [Number.NaN, Infinity, 1, Infinity, -Infinity].map((loss, i) => ({
      ...runRow(recorded()),
      id: String(i),
      loss,
    }));
    const sorted = (descending: boolean) => sortRows(rows, { by: 'loss', descending }).map(({ id }) => id);
    expect(sorted(false)).toEqual(['4', '2', '1', '3', '0']);
    expect(sorted(true)).toEqual(['1', '3', '2', '4', '0']);
  });
});
