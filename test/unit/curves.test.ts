import { describe, expect, it } from 'vitest';
import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { differenceBand } from '../../src/engine/evaluate/bands.ts';
import { Random } from '../../src/engine/random.ts';
import { fractionAxis, position, stepAxis, valueAt, valueAxis } from '../../src/panels/curves/axes.ts';
import { decimate, extremes } from '../../src/panels/curves/decimate.ts';
import { Differences } from '../../src/panels/curves/differences.ts';
import { readOut } from '../../src/panels/curves/read-out.ts';
import { RunSeries } from '../../src/panels/curves/run-series.ts';
import { Series } from '../../src/panels/curves/series.ts';

function noisySteps(count: number): StepMetrics[] {
  const random = new Random(7);
  return Array.from({ length: count }, (_, i) => ({
    arm: 'main',
    step: i + 1,
    stage: 'distil' as const,
    losses: { total: random.next(), mainCe: random.next(), ...(i >= count / 2 && { sft: random.next() }) },
    gradientNorm: random.next(),
    learningRate: 1e-3,
  }));
}

const score = (right: string): Score => ({
  exactMatch: [...right].filter((mark) => mark === '1').length / right.length,
  n: right.length,
  right,
  byType: {},
});
const evaluation = (step: number, who: string, right: string, final = false) => ({
  step,
  who,
  score: score(right),
  final,
});

function seriesOf(values: readonly number[], smoothing = 0): Series {
  const series = new Series(smoothing);
  values.forEach((value, i) => series.push(i + 1, value));
  return series;
}

describe('a decimated line', () => {
  it('keeps every step while there is room', () => {
    const values = [3, 1, 2, 5, 4];
    const points = decimate(seriesOf(values), 'raw', stepAxis(0, 5, false, 4), 100);
    expect(points).toEqual(values.map((value, i) => ({ step: i + 1, value })));
  });

  it('never loses an extreme, on any axis, whatever its length, and has two points a bucket at most', () => {
    const random = new Random(11);
    for (let round = 0; round < 300; round++) {
      const length = 1 + random.int(5000);
      const values = Array.from({ length }, () => (random.next() - 0.5) * 10 ** random.int(6));
      for (let spikes = random.int(3); spikes > 0; spikes--)
        values[random.int(length)] = (random.next() < 0.5 ? -1 : 1) * 1e9 * (1 + random.next());
      const series = seriesOf(values);
      const buckets = 1 + random.int(200);
      const log = random.next() < 0.5;
      const last = log || random.next() < 0.5 ? length : Math.ceil(length / 2);
      const axis = stepAxis(log ? 1 : length - last, length, log, 5);
      const points = decimate(series, 'raw', axis, buckets);
      const inside = values.filter((_, i) => i + 1 >= axis.domain[0] && i + 1 <= axis.domain[1]);
      expect(extremes([points], axis, false)).toEqual({
        low: inside.reduce((a, b) => Math.min(a, b)),
        high: inside.reduce((a, b) => Math.max(a, b)),
      });
      // Every point is a measured one, in order.
      for (const { step, value } of points) expect(values[step - 1]).toBe(value);
      for (let i = 1; i < points.length; i++) expect(points[i]!.step).toBeGreaterThan(points[i - 1]!.step);
      // The axis' end is a bucket of its own, and so is the point that leads in from the left.
      expect(points.length).toBeLessThanOrEqual(2 * (buckets + 2));
    }
  });

  it('keeps what it drew while the run grows', () => {
    const values = noisySteps(4000).map(({ losses }) => losses.total);
    const axis = stepAxis(0, 4000, false, 5);
    const early = decimate(seriesOf(values.slice(0, 1500)), 'raw', axis, 100);
    const late = decimate(seriesOf(values), 'raw', axis, 100);
    // All but the bucket that was still filling.
    expect(late.slice(0, early.length - 2)).toEqual(early.slice(0, -2));
  });

  it('takes one number a bucket of a moving average, the newest included', () => {
    const series = seriesOf(
      noisySteps(1000).map(({ losses }) => losses.total),
      0.9,
    );
    const points = decimate(series, 'average', stepAxis(0, 1000, false, 5), 50);
    expect(points.length).toBeLessThanOrEqual(51);
    expect(points.at(-1)).toEqual({ step: 1000, value: series.latest });
  });

  it('shows a window of the newest steps, led in from the left', () => {
    const points = decimate(
      seriesOf(Array.from({ length: 500 }, (_, i) => i)),
      'raw',
      stepAxis(400, 500, false, 5),
      200,
    );
    expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 101 }, (_, i) => 400 + i));
  });

  it('leaves out what is not a number, and steps that a logarithmic axis has no place for', () => {
    const series = new Series();
    for (const [step, value] of [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, Number.POSITIVE_INFINITY],
      [4, 5],
    ] as const)
      series.push(step, value);
    expect(decimate(series, 'raw', stepAxis(0, 4, false, 5), 100).map(({ step }) => step)).toEqual([0, 1, 4]);
    expect(decimate(series, 'raw', stepAxis(0, 4, true, 5), 100).map(({ step }) => step)).toEqual([1, 4]);
  });
});

describe('a moving average', () => {
  it('has no bias at the start and begins anew with every stage', () => {
    const series = new Series(0.5);
    series.push(1, 4, 'align');
    series.push(2, 4, 'align');
    series.push(3, 8, 'distil');
    expect(series.shown).toEqual([4, 4, 8]);
    expect(series.raw).toEqual([4, 4, 8]);
    expect(seriesOf([0, 3], 0.5).shown[1]).toBeCloseTo(2, 12);
  });

  it('survives a number that is none', () => {
    const { shown } = seriesOf([1, Number.NaN, 1], 0.9);
    expect(shown[1]).toBeNaN();
    expect(shown[2]).toBeCloseTo(1, 12);
  });
});

describe('the lines of a run', () => {
  it('take up what is appended, and nothing twice', () => {
    const steps = noisySteps(50);
    const growing = steps.slice(0, 20);
    const run = new RunSeries(growing, [], 0.9);
    const total = run.of('main', 'total');
    expect(total.steps).toHaveLength(20);
    growing.push(...steps.slice(20));
    run.read();
    run.read();
    expect(total.shown).toEqual(new RunSeries(steps, [], 0.9).of('main', 'total').shown);
    expect(run.newest).toBe(50);
    expect(run.of('main', 'learningRate').smoothed).toBe(false);
  });

  it('carry every arm’s live accuracy from the same start', () => {
    const run = new RunSeries(
      [],
      [
        evaluation(0, 'before', '0001'),
        evaluation(0, 'before', '0011', true),
        evaluation(0, 'teacher', '1111', true),
        evaluation(10, 'main', '0011'),
        evaluation(10, 'sft', '0111'),
      ],
      0.9,
    );
    const drawn = (arm: string) => {
      const { steps, shown } = run.of(arm, 'accuracy');
      return steps.map((step, i) => [step, shown[i]]);
    };
    expect(drawn('main')).toEqual([
      [0, 0.25],
      [10, 0.5],
    ]);
    expect(drawn('sft')).toEqual([
      [0, 0.25],
      [10, 0.75],
    ]);
  });

  it('put an arm that has nothing to train in stage 1 at its own steps', () => {
    const own = noisySteps(20);
    const control = own
      .slice(8)
      .map((step): StepMetrics => ({ ...step, arm: 'sft', losses: { total: step.step, sft: step.step } }));
    const run = new RunSeries(
      [...own.slice(0, 10), ...control.slice(0, 2), ...own.slice(10), ...control.slice(2)],
      [],
      0,
    );
    expect(run.of('sft', 'sft').steps).toEqual(Array.from({ length: 12 }, (_, i) => i + 9));
    expect(run.of('sft', 'sft').shown).toEqual(run.of('sft', 'sft').steps);
    expect(run.of('main', 'total').steps).toHaveLength(20);
  });

  it('are read out at the crosshair, never from a step where nothing was measured', () => {
    const series = new Series();
    series.push(4, 0.4);
    series.push(8, 0.8);
    expect([3, 4, 6, 9].map((step) => readOut(series, step, true))).toEqual([undefined, 0.4, 0.4, 0.8]);
    expect([3, 4, 6, 9].map((step) => readOut(series, step, false))).toEqual([
      undefined,
      0.4,
      undefined,
      undefined,
    ]);
    expect(readOut(series, undefined, false)).toBe(0.8);
    expect(readOut(new Series(), undefined, true)).toBeUndefined();
  });
});

describe('the difference to the others', () => {
  const own = '1111000011110000';
  const other = '1111000000000000';

  it('pairs answers to the same questions at the same step, in whatever order they come', () => {
    const differences = new Differences([
      evaluation(0, 'before', other),
      evaluation(10, 'main', own),
      evaluation(10, 'sft', other),
      evaluation(20, 'sft', other),
      evaluation(20, 'uld', own),
      evaluation(20, 'main', own),
      evaluation(30, 'main', own),
      evaluation(40, 'sft', other, true),
      evaluation(40, 'main', own, true),
    ]);
    expect(differences.read(Number.POSITIVE_INFINITY)).toBe(true);
    const sft = differences.byArm.get('sft')!;
    expect(sft.series.steps).toEqual([10, 20]);
    expect(sft.series.raw).toEqual([0.25, 0.25]);
    const { low, high } = differenceBand(own, other);
    expect(sft.bands[0]).toEqual({ step: 10, range: [low, high] });
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.6);
    expect(differences.byArm.get('uld')!.bands).toEqual([{ step: 20, range: [0, 0] }]);
    expect(differences.questions).toBe(16);
  });

  it('goes on later where its time is up', () => {
    const evaluations = [1, 2, 3].flatMap((step) => [
      evaluation(step, 'main', own),
      evaluation(step, 'sft', other),
    ]);
    const differences = new Differences(evaluations);
    let rounds = 0;
    while (!differences.read(0)) expect(++rounds).toBeLessThan(1000);
    expect(differences.byArm.get('sft')!.series.steps).toEqual([1, 2, 3]);
  });
});

describe('axes', () => {
  it('of logarithmic steps begin with step 1 and end with the last', () => {
    for (const [from, to] of [
      [0, 1],
      [0, 7],
      [0, 300],
      [0, 100_000],
      [2900, 3000],
    ] as const) {
      const axis = stepAxis(from, to, true, 5);
      expect(axis.domain[0]).toBe(Math.max(1, from));
      expect(axis.domain[1]).toBeGreaterThanOrEqual(to);
      expect(axis.ticks.length).toBeGreaterThan(1);
      for (const tick of axis.ticks) {
        expect(position(axis, tick)).toBeGreaterThanOrEqual(0);
        expect(position(axis, tick)).toBeLessThanOrEqual(1);
      }
    }
    expect(stepAxis(0, 1000, true, 5).ticks).toEqual([1, 10, 100, 1000]);
  });

  it('find a value from its place and a place from its value', () => {
    for (const axis of [
      stepAxis(0, 640, false, 5),
      stepAxis(0, 640, true, 5),
      valueAxis({ low: 0.02, high: 30 }, true),
    ])
      for (const place of [0, 0.25, 0.9, 1])
        expect(position(axis, valueAt(axis, place))).toBeCloseTo(place, 12);
  });

  it('have round ends that hold everything drawn', () => {
    const random = new Random(5);
    for (let i = 0; i < 1000; i++) {
      const high = 10 ** (8 * random.next() - 4);
      const low = random.next() < 0.5 ? high * random.next() : -high * random.next();
      const axis = valueAxis({ low, high }, false);
      expect(axis.domain[0]).toBeLessThanOrEqual(Math.min(0, low));
      expect(axis.domain[1]).toBeGreaterThanOrEqual(high);
      expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
      expect(axis.ticks.length).toBeLessThanOrEqual(7);
      expect(axis.ticks).toContain(0);
    }
    expect(valueAxis({ low: 0.3, high: 2.8 }, false)).toEqual({
      scale: 'linear',
      domain: [0, 3],
      ticks: [0, 1, 2, 3],
    });
    expect(valueAxis({ low: 0.03, high: 20 }, true).domain).toEqual([0.01, 100]);
    expect(valueAxis(undefined, true).domain).toEqual([0, 1]);
    expect(fractionAxis(0.6).ticks).toEqual([0, 0.25, 0.5, 0.75]);
    expect(fractionAxis(0).domain).toEqual([0, 1]);
  });
});
