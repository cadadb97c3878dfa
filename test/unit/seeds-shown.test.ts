import { describe, expect, it } from 'vitest';
import { scoreBand, scoreDifference } from '../../src/engine/evaluate/over-seeds.ts';
import { bootstrapBand, differenceBand } from '../../src/engine/evaluate/bands.ts';
import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { Differences } from '../../src/panels/curves/differences.ts';
import { RunSeries } from '../../src/panels/curves/run-series.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { verdict } from '../../src/panels/result/verdict.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import type { EvaluationPoint } from '../../src/store/slices/metrics-slice.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

/** What the page makes of a run's several seeds: means, and how far the seeds lie apart. */

const score = (right: string): Score => {
  const exactMatch = [...right].filter((mark) => mark === '1').length / right.length;
  return { exactMatch, n: right.length, right, byType: { name: { exactMatch, n: right.length } } };
};
const [low, high] = [score('11000000'), score('11111100')];

describe('several seeds', () => {
  it('make one line, with a band from the lowest to the highest, once all have told a step', () => {
    const numbers = (seed: number, step: number, total: number): StepMetrics => ({
      arm: 'main',
      seed,
      step,
      stage: 'distil',
      losses: { total },
      gradientNorm: total,
      learningRate: 1e-3,
    });
    const steps = [numbers(1, 1, 2), numbers(2, 1, 4), numbers(1, 2, 1)];
    const look = (seed: number, own: Score): EvaluationPoint => ({
      step: 1,
      who: 'main',
      seed,
      score: own,
      final: false,
    });
    const run = new RunSeries(steps, [look(1, low), look(2, high)], 0, 2);
    const total = run.of('main', 'total');
    expect([total.xs, total.raw]).toEqual([[1], [3]]);
    expect(run.rangesOf('main', 'total')).toEqual([{ x: 1, range: [2, 4] }]);
    expect(run.of('main', 'accuracy').raw).toEqual([0.5]);
    steps.push(numbers(2, 2, 5));
    run.read();
    expect(total.raw).toEqual([3, 3]);
    expect(new RunSeries(steps.slice(0, 1), [], 0).rangesOf('main', 'total')).toEqual([]);
  });

  it('have means in the table, and bands over seeds and questions', () => {
    const told = (who: string, own: Score, seed?: number): EvaluationPoint => ({
      step: 8,
      who,
      seed,
      score: own,
      final: true,
    });
    const arms = [{ key: 'main', label: 'GenRecal' }];
    const points = [told('before', low), told('main', low, 1), told('main', high, 2)];
    const row = scoreRows(points, arms).rows.find(({ key }) => key === 'main')!;
    expect(row.score).toMatchObject({ exactMatch: 0.5, byType: { name: { exactMatch: 0.5 } } });
    expect(row.band).toEqual(scoreBand([low, high]));
    expect(row.band!.high - row.band!.low).toBeGreaterThan(0);
    expect(scoreBand([low])).toEqual(bootstrapBand([1, 1, 0, 0, 0, 0, 0, 0]));
  });

  it('are compared seed by seed', () => {
    const differences = new Differences(
      [low, high, high, high].map((own, i) => ({
        step: 4,
        who: i < 2 ? 'main' : 'sft',
        seed: 1 + (i % 2),
        score: own,
        final: false,
      })),
      2,
    );
    differences.read(1000);
    expect(differences.byArm.get('sft')!.series.raw).toEqual([-0.25]);
    expect(scoreDifference([low], [high])).toEqual(differenceBand(low.right, high.right));
    // Whoever has one student, such as the one before training, is compared with every seed's.
    expect(scoreDifference([high, high], [low]).mean).toBe(0.5);
  });

  it('decide the verdict, and the row of the run', () => {
    const events = liveEvents().map((event) => {
      if (event.type !== 'done') return event;
      const arms = event.final.arms.map((arm, i) => ({
        ...arm,
        seeds: i === 0 ? [arm.after, low] : [low, low],
      }));
      return { ...event, final: { ...event.final, arms } };
    });
    const done = events.at(-1)!;
    if (done.type !== 'done') throw new Error('a run ends with its summary');
    const { headline, details } = verdict(done.final);
    expect(headline).toContain('50.0\u00a0% now');
    expect(details.join(' ')).toContain('2 seeds');
    expect(details[0]).toContain('50.0\u00a0% against 25.0\u00a0%');
    const row = runRow(recorded(events));
    expect(row.after!.mean).toBe(0.5);
    expect(row.gain!.mean).toBe(0.25);
  });
});
