import { describe, expect, it } from 'vitest';
import type { Score, StepMetrics } from '../../src/engine/distill/events.ts';
import { Random } from '../../src/engine/random.ts';
import { chartRows, maxRows, smooth } from '../../src/panels/curves/rows.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { verdict } from '../../src/panels/result/verdict.ts';

function noisySteps(count: number): StepMetrics[] {
  const random = new Random(7);
  return Array.from({ length: count }, (_, i) => ({
    step: i + 1,
    stage: 'distil' as const,
    losses: { total: random.next(), mainCe: random.next(), ...(i >= count / 2 && { sft: random.next() }) },
    gradientNorm: random.next(),
    learningRate: 1e-3,
  }));
}

const score = (exactMatch: number, n = 100): Score => ({
  exactMatch,
  n,
  byType: { name: { exactMatch, n } },
});

describe('chart rows', () => {
  it('are one a step while there is room', () => {
    const rows = chartRows(noisySteps(50), [], 0);
    expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 51 }, (_, i) => i));
  });

  it('stay within the limit in a long run and lose no spike of any column', () => {
    const steps = noisySteps(10_000);
    steps[1234]!.losses.mainCe = 99;
    steps[7000]!.gradientNorm = 77;
    steps[7001]!.gradientNorm = -77;
    const rows = chartRows(steps, [], 0);
    expect(rows.length).toBeLessThanOrEqual(maxRows);
    expect(Math.max(...rows.map(({ mainCe }) => mainCe ?? 0))).toBe(99);
    expect(Math.max(...rows.map(({ gradientNorm }) => gradientNorm ?? 0))).toBe(77);
    expect(Math.min(...rows.map(({ gradientNorm }) => gradientNorm ?? 0))).toBe(-77);
    const spike = rows.findIndex(({ gradientNorm }) => gradientNorm === 77);
    expect(rows[spike + 1]!.gradientNorm).toBe(-77);
    // A bucket of 67 steps may lie across the boundary between two stages.
    expect(rows.find(({ sft }) => sft !== undefined)!.to).toBeGreaterThan(5000 - 67);
    for (let i = 1; i < rows.length; i++) expect(rows[i]!.from).toBe(rows[i - 1]!.to + 1);
    expect(rows.at(-1)!.to).toBe(10_000);
  });

  it('keep the raw numbers beside smoothed ones', () => {
    const steps = noisySteps(20);
    const rows = chartRows(steps, [], 0.9);
    expect(rows[5]!.mainCeRaw).toBe(steps[4]!.losses.mainCe);
    expect(rows[1]!.mainCe).toBeCloseTo(steps[0]!.losses.mainCe!, 12);
    expect(rows[5]!.mainCe).not.toBe(rows[5]!.mainCeRaw);
  });

  it('carry live accuracy at the steps where it was measured', () => {
    const evaluations = [
      { step: 0, who: 'student' as const, score: score(0.1), final: false },
      { step: 0, who: 'student' as const, score: score(0.9), final: true },
      { step: 10, who: 'student' as const, score: score(0.4), final: false },
    ];
    const rows = chartRows(noisySteps(20), evaluations, 0);
    expect(rows.filter(({ accuracy }) => accuracy !== undefined)).toMatchObject([
      { step: 0, accuracy: 0.1 },
      { step: 10, accuracy: 0.4 },
    ]);
  });

  it('smooth without the start’s bias and begin anew with every stage', () => {
    expect(smooth([4, 4, undefined, 8], 0.5, new Set([3]))).toEqual([4, 4, undefined, 8]);
    expect(smooth([0, 3], 0.5, new Set())[1]).toBeCloseTo(2, 12);
    const steps = noisySteps(20).map((step, i) => ({
      ...step,
      stage: i < 10 ? ('align' as const) : step.stage,
    }));
    expect(chartRows(steps, [], 0.9)[11]!.total).toBeCloseTo(steps[10]!.losses.total, 12);
  });
});

describe('the result', () => {
  it('compares the student with itself on the same questions', () => {
    const live = { step: 0, who: 'student' as const, score: score(0.2, 32), final: false };
    const before = { step: 0, who: 'student' as const, score: score(0.25, 96), final: true };
    const teacher = { step: 0, who: 'teacher' as const, score: score(0.8, 96), final: true };
    const during = { step: 6, who: 'student' as const, score: score(0.4, 32), final: false };
    const after = { step: 9, who: 'student' as const, score: score(0.5, 96), final: true };
    expect(scoreRows([live, before, teacher, during])).toMatchObject({
      questions: 32,
      rows: [
        { label: 'all', before: 0.2, now: 0.4, teacher: 0.8 },
        { label: 'name', before: 0.2, now: 0.4 },
      ],
    });
    expect(scoreRows([live, before, teacher, during, after])).toMatchObject({
      questions: 96,
      rows: [{ before: 0.25, now: 0.5, teacher: 0.8 }, { label: 'name' }],
    });
    expect(scoreRows([live])).toMatchObject({ rows: [{ before: 0.2, now: undefined }, {}] });
  });

  const summary = (
    heldOutBefore: number,
    heldOutAfter: number,
    teacherHeldOut: number,
    questions: number,
  ) => ({
    split: 'held-out-style' as const,
    heldOutBefore,
    heldOutAfter,
    teacherHeldOut,
    questions,
    before: score(heldOutBefore),
    after: score(heldOutAfter),
    teacher: score(teacherHeldOut),
    steps: 9,
    seconds: 1,
    trainSeconds: 1,
  });

  it('says in words that the student improved, did not, or got worse', () => {
    expect(verdict(summary(0.2, 0.5, 0.8, 400))).toMatchObject({
      improved: true,
      headline: 'The student improved: 20.0 % before, 50.0 % now.',
    });
    expect(verdict(summary(0.2, 0.5, 0.8, 400)).detail).toContain('50 % of the gap');
    expect(verdict(summary(0.2, 0.21, 0.8, 400))).toMatchObject({ improved: false });
    expect(verdict(summary(0.2, 0.21, 0.8, 400)).headline).toMatch(/did not improve.*within chance/);
    expect(verdict(summary(0.5, 0.2, 0.8, 400)).headline).toMatch(/did not improve: it got worse/);
    expect(verdict(summary(0.2, 0.2, 0.1, 400)).improved).toBe(false);
  });
});
