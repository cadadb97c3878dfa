import { describe, expect, it } from 'vitest';
import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { differenceBand } from '../../src/engine/evaluate/bands.ts';
import { Random } from '../../src/engine/random.ts';
import { overTime } from '../../src/panels/curves/axis/abscissa.ts';
import {
  fractionAxis,
  panned,
  position,
  stepAxis,
  valueAt,
  valueAxis,
  zoomed,
} from '../../src/panels/curves/axes.ts';
import { Clock } from '../../src/panels/curves/axis/clock.ts';
import { bulkOf, cutsOf, decimate, extremes } from '../../src/panels/curves/decimate.ts';
import { Differences } from '../../src/panels/curves/differences.ts';
import { extentOf } from '../../src/panels/curves/axis/extent.ts';
import { readOut } from '../../src/panels/curves/read-out.ts';
import { RunSeries } from '../../src/panels/curves/run-series.ts';
import { Series } from '../../src/panels/curves/series.ts';
import { clockTime } from '../../src/panels/lib/clock-time.ts';
import { useStore } from '../../src/store/store.ts';

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
    expect(points).toEqual(values.map((value, i) => ({ x: i + 1, value })));
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
      for (const { x, value } of points) expect(values[x - 1]).toBe(value);
      for (let i = 1; i < points.length; i++) expect(points[i]!.x).toBeGreaterThan(points[i - 1]!.x);
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
    expect(points.at(-1)).toEqual({ x: 1000, value: series.latest });
  });

  it('shows a window of the newest steps, led in from the left', () => {
    const points = decimate(
      seriesOf(Array.from({ length: 500 }, (_, i) => i)),
      'raw',
      stepAxis(400, 500, false, 5),
      200,
    );
    expect(points.map(({ x }) => x)).toEqual(Array.from({ length: 101 }, (_, i) => 400 + i));
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
    expect(decimate(series, 'raw', stepAxis(0, 4, false, 5), 100).map(({ x }) => x)).toEqual([0, 1, 4]);
    expect(decimate(series, 'raw', stepAxis(0, 4, true, 5), 100).map(({ x }) => x)).toEqual([1, 4]);
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
    expect(total.xs).toHaveLength(20);
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
      const { xs, shown } = run.of(arm, 'accuracy');
      return xs.map((x, i) => [x, shown[i]]);
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
    expect(run.of('sft', 'sft').xs).toEqual(Array.from({ length: 12 }, (_, i) => i + 9));
    expect(run.of('sft', 'sft').shown).toEqual(run.of('sft', 'sft').xs);
    expect(run.of('main', 'total').xs).toHaveLength(20);
  });

  it('are read out at the crosshair, never from a step where nothing was measured', () => {
    const series = new Series();
    series.push(4, 0.4);
    series.push(8, 0.8);
    expect([3, 4, 6, 9].map((step) => readOut({ series }, step, true))).toEqual([undefined, 0.4, 0.4, 0.8]);
    expect([3, 4, 6, 9].map((step) => readOut({ series }, step, false))).toEqual([
      undefined,
      0.4,
      undefined,
      undefined,
    ]);
    expect(readOut({ series }, undefined, false)).toBe(0.8);
    expect(readOut({ series: new Series() }, undefined, true)).toBeUndefined();
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
    expect(sft.series.xs).toEqual([10, 20]);
    expect(sft.series.raw).toEqual([0.25, 0.25]);
    const { low, high } = differenceBand(own, other);
    expect(sft.bands[0]).toEqual({ x: 10, range: [low, high] });
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.6);
    expect(differences.byArm.get('uld')!.bands).toEqual([{ x: 20, range: [0, 0] }]);
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
    expect(differences.byArm.get('sft')!.series.xs).toEqual([1, 2, 3]);
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

describe('spikes', () => {
  // As the default recipe's L_main: it begins at 8.5 nats and is at 0.01 for most of the run.
  const loss = seriesOf(Array.from({ length: 800 }, (_, i) => 8.5 * Math.exp(-i / 5) + Math.exp(-i / 100)));
  const axis = stepAxis(0, 800, false, 5);
  const points = decimate(loss, 'raw', axis, 120);

  it('do not press the rest of a loss flat, and are marked where they are cut off', () => {
    const { low, high } = extremes([points], axis, false)!;
    const bulk = bulkOf([points], axis)!;
    const values = valueAxis({ low, high, bulk }, false);
    expect(high).toBeGreaterThan(9);
    expect(values.domain[1]).toBeLessThan(3);
    // All but a few of the points are inside.
    const top = values.domain[1];
    expect(points.filter(({ value }) => value > top).length).toBeLessThan(0.03 * points.length);
    expect(cutsOf(points, axis, top, 0.05)).toEqual([1]);
    expect(valueAxis({ low: 0.01, high, bulk }, true).domain[1]).toBe(10);
  });

  it('are seen whole where one looks closer, where there are few numbers, or where little is gained', () => {
    const near = stepAxis(0, 20, false, 5);
    const start = decimate(loss, 'raw', near, 120);
    expect(bulkOf([start], near)).toBe(extremes([start], near, false)!.high);
    expect(valueAxis({ low: 0, high: 3, bulk: 2 }, false).domain[1]).toBe(3);
    expect(valueAxis({ low: 0, high: 3 }, false).domain[1]).toBe(3);
    expect(valueAxis({ low: -4, high: 3, bulk: 0 }, false).domain).toEqual([-5, 5]);
  });

  it('in one place have one mark, at the highest', () => {
    const rough = [0, 9, 1, 12, 1, 1, 1, 1, 1, 10].map((value, x) => ({ x, value }));
    expect(cutsOf(rough, stepAxis(0, 9, false, 5), 5, 0.3)).toEqual([3, 9]);
    expect(cutsOf(rough, stepAxis(0, 9, false, 5), 20, 0.3)).toEqual([]);
  });
});

describe('time as the axis', () => {
  const readings = [
    { step: 0, at: 8000 },
    { step: 10, at: 10_000 },
    // The questions of a look take their time, and the numbers of a step come once.
    { step: 10, at: 11_000 },
    { step: 20, at: 14_000 },
  ];

  it('puts every update at the seconds of work after which it was done, and finds it again', () => {
    const clock = new Clock(readings);
    expect([0, 5, 10, 15, 20, 99].map((step) => clock.secondsAt(step))).toEqual([8, 9, 10, 12, 14, 14]);
    for (const step of [1, 7, 10, 19]) expect(clock.stepAt(clock.secondsAt(step))).toBeCloseTo(step, 9);
    expect(clock.end).toBe(14);
    expect(new Clock([]).end).toBeUndefined();
    const steps = noisySteps(20);
    const run = new RunSeries(
      steps,
      [evaluation(0, 'before', '01'), evaluation(20, 'main', '11')],
      0,
      1,
      clock,
    );
    expect(run.of('main', 'total').xs).toEqual(steps.map(({ step }) => clock.secondsAt(step)));
    expect(run.of('main', 'accuracy').xs).toEqual([8, 14]);
  });

  it('hears of what a growing run tells', () => {
    const growing = readings.slice(0, 2);
    const clock = new Clock(growing);
    expect(clock.secondsAt(20)).toBe(10);
    growing.push(readings[3]!);
    expect(clock.secondsAt(20)).toBe(14);
  });

  it('reads the run at its updates, and earlier ones between theirs, never beyond their last', () => {
    const clock = new Clock(readings);
    const over = overTime(clock);
    expect(over.snap(9.15)).toBe(clock.secondsAt(6));
    expect(over.move(clock.secondsAt(6), 2)).toBe(clock.secondsAt(8));
    expect(over.label(clock.secondsAt(6))).toBe('0:09, step 6');
    // Earlier runs may have taken longer.
    expect([over.snap(99.7), over.move(99, 1), over.label(99)]).toEqual([100, 100, '1:39']);
    const series = new Series();
    series.push(9, 1);
    series.push(13, 2);
    const read = (x: number, earlier?: string) => readOut({ series, earlier }, x, false, 'seconds');
    expect([read(8, ''), read(10, ''), read(13, ''), read(14, '')]).toEqual([undefined, 1, 2, undefined]);
    expect([read(10), read(13)]).toEqual([undefined, 2]);
    expect([0, 59.6, 754, 3900].map(clockTime)).toEqual(['0:00', '1:00', '12:34', '1:05:00']);
  });

  it('has labels of a clock, and grows by whole ones while a run goes on', () => {
    expect(stepAxis(0, 95, false, 5, 'seconds').ticks).toEqual([0, 30, 60, 90]);
    const spans = [
      { key: 'align' as const, from: 1, to: 10 },
      { key: 'distil' as const, from: 11, to: 40 },
    ];
    const view = useStore.getInitialState().curves;
    const clock = new Clock(readings);
    const going = extentOf({ newest: 20, behind: [], clock, view }, spans);
    expect(going).toMatchObject({ part: [0, 15], newest: 14 });
    expect(going.stages).toEqual([
      { key: 'align', from: 8, to: 10 },
      { key: 'distil', from: 10, to: 14 },
    ]);
    expect(extentOf({ newest: 20, behind: [70], clock, view }, spans).part).toEqual([0, 75]);
    // In steps all charts end with the longest run, also those that it has no numbers in.
    expect(extentOf({ newest: 20, behind: [70], clock: undefined, view }, spans).part).toEqual([0, 70]);
  });
});

describe('a part of the axis', () => {
  const whole = [0, 800] as const;
  const axis = stepAxis(0, 800, false, 5);

  it('is looked at around a place, within what there is', () => {
    expect(zoomed(axis, 0.5, 0.5, whole)).toEqual([200, 600]);
    expect(zoomed(axis, 0.25, 0, whole)).toEqual([0, 200]);
    expect(zoomed(stepAxis(200, 600, false, 5), 4, 0.5, whole)).toBeUndefined();
    expect(zoomed(stepAxis(0, 5, false, 5), 0.1, 1, whole)).toEqual([
      expect.closeTo(2.75),
      expect.closeTo(6.75),
    ]);
    const [from, to] = zoomed(stepAxis(0, 800, true, 5), 0.5, 0, whole)!;
    expect([from, to]).toEqual([1, expect.closeTo(Math.sqrt(800))]);
  });

  it('moves as far as there is something', () => {
    const part = stepAxis(200, 600, false, 5);
    expect(panned(part, 0.25, whole)).toEqual([300, 700]);
    expect(panned(part, 9, whole)).toEqual([400, 800]);
    expect(panned(part, -9, whole)).toEqual([0, 400]);
  });

  it('is shown until a shorter run comes', () => {
    const view = { ...useStore.getInitialState().curves, window: [300, 500] as const };
    const drawn = { newest: 20, behind: [], clock: undefined, view };
    expect(extentOf(drawn, [{ key: 'distil', from: 1, to: 800 }])).toMatchObject({ part: [300, 500], whole });
    expect(extentOf(drawn, [{ key: 'distil', from: 1, to: 200 }]).part).toEqual([0, 200]);
  });
});
