import { describe, expect, it } from 'vitest';
import type { RunSummary, Score, StepMetrics } from '../../src/engine/distill/events.ts';
import { Random } from '../../src/engine/random.ts';
import { differences } from '../../src/panels/curves/differences.ts';
import { chartRows, maxRows, smooth } from '../../src/panels/curves/rows.ts';
import { placeOf, stepAt, stepScale } from '../../src/panels/curves/scales.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { verdict } from '../../src/panels/result/verdict.ts';

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

/** The first questions wrong, the last right. */
const score = (exactMatch: number, n = 100): Score => ({
  exactMatch,
  n,
  right: '1'.repeat(Math.round(exactMatch * n)).padStart(n, '0'),
  byType: { name: { exactMatch, n } },
});
const arms = [
  { key: 'main', label: 'GenRecal' },
  { key: 'sft', label: 'SFT control' },
];

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

  it('show the last steps with the averages of the whole run', () => {
    const steps = noisySteps(400);
    const last = chartRows(steps, [], 0.9, 300);
    expect(last.map(({ step }) => step)).toEqual(Array.from({ length: 101 }, (_, i) => 300 + i));
    // One a step in the whole run as well, so that it can be compared.
    const whole = chartRows(steps.slice(0, 200), [], 0.9);
    const part = chartRows(steps.slice(0, 200), [], 0.9, 150);
    expect(part.at(-1)!.total).toBe(whole.at(-1)!.total);
    expect(part[1]!.total).toBe(whole.find(({ step }) => step === 151)!.total);
  });

  it('hold the terms of every arm', () => {
    const other = noisySteps(4).map((step) => ({
      ...step,
      arm: 'mined',
      losses: { total: 2, distillation: 1.5 },
    }));
    const rows = chartRows([...noisySteps(4), ...other], [], 0);
    expect(rows.at(-1)!['distillation@mined']).toBe(1.5);
    expect(rows.at(-1)!['total@mined']).toBe(2);
    expect(rows.at(-1)!.distillation).toBeUndefined();
  });

  it('keep the raw numbers beside smoothed ones', () => {
    const steps = noisySteps(20);
    const rows = chartRows(steps, [], 0.9);
    expect(rows[5]!.mainCeRaw).toBe(steps[4]!.losses.mainCe);
    expect(rows[1]!.mainCe).toBeCloseTo(steps[0]!.losses.mainCe!, 12);
    expect(rows[5]!.mainCe).not.toBe(rows[5]!.mainCeRaw);
  });

  it('carry every arm’s live accuracy at the steps where it was measured', () => {
    const evaluations = [
      { step: 0, who: 'before', score: score(0.1), final: false },
      { step: 0, who: 'before', score: score(0.9), final: true },
      { step: 0, who: 'teacher', score: score(0.9), final: true },
      { step: 10, who: 'main', score: score(0.4), final: false },
      { step: 10, who: 'sft', score: score(0.3), final: false },
    ];
    const rows = chartRows(noisySteps(20), evaluations, 0);
    expect(rows.filter(({ accuracy }) => accuracy !== undefined)).toMatchObject([
      { step: 0, accuracy: 0.1, 'accuracy@sft': 0.1 },
      { step: 10, accuracy: 0.4, 'accuracy@sft': 0.3 },
    ]);
  });

  it('put an arm that has nothing to train in stage 1 beside the others', () => {
    const own = noisySteps(20);
    const control = own
      .slice(8)
      .map((step): StepMetrics => ({ ...step, arm: 'sft', losses: { total: step.step, sft: step.step } }));
    const rows = chartRows(
      [...own.slice(0, 10), ...control.slice(0, 2), ...own.slice(10), ...control.slice(2)],
      [],
      0,
    );
    expect(rows.map((row) => row['sft@sft'])).toEqual([
      ...Array<undefined>(9).fill(undefined),
      ...Array.from({ length: 12 }, (_, i) => i + 9),
    ]);
    expect(rows[20]!.total).toBe(own[19]!.losses.total);
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
  it('compares everyone on the same questions', () => {
    const live = { step: 0, who: 'before', score: score(0.25, 32), final: false };
    const before = { step: 0, who: 'before', score: score(0.25, 96), final: true };
    const teacher = { step: 0, who: 'teacher', score: score(0.75, 96), final: true };
    const during = { step: 6, who: 'main', score: score(0.5, 32), final: false };
    const after = { step: 9, who: 'main', score: score(0.5, 96), final: true };
    const control = { step: 9, who: 'sft', score: score(0.375, 96), final: true };
    const shown = (...points: (typeof live)[]) => {
      const { rows, questions } = scoreRows(points, arms);
      return {
        questions,
        scores: Object.fromEntries(rows.map((row) => [row.key, row.score?.exactMatch])),
        rows,
      };
    };
    expect(shown(live, before, teacher, during)).toMatchObject({
      questions: 32,
      scores: { teacher: 0.75, main: 0.5, sft: undefined, before: 0.25 },
    });
    // Only when every arm is through do the final questions replace the live ones.
    expect(shown(live, before, teacher, during, after).questions).toBe(32);
    const ended = shown(live, before, teacher, during, after, control);
    expect(ended).toMatchObject({ questions: 96, scores: { main: 0.5, sft: 0.375, before: 0.25 } });
    const { band } = ended.rows.find(({ key }) => key === 'main')!;
    expect(band!.low).toBeLessThan(0.46);
    expect(band!.high).toBeGreaterThan(0.54);
  });

  const summary = (before: number, after: number, control?: number): RunSummary => ({
    split: 'held-out-style',
    questions: 400,
    before: score(before, 400),
    teacher: score(0.8, 400),
    arms: [
      { ...arms[0]!, after: score(after, 400) },
      ...(control === undefined ? [] : [{ ...arms[1]!, after: score(control, 400) }]),
    ],
    otherSplits: [],
    steps: 9,
    seconds: 1,
    trainSeconds: 1,
  });

  it('says in words that the student improved, did not, or got worse', () => {
    expect(verdict(summary(0.2, 0.5))).toMatchObject({
      improved: true,
      headline: 'The student improved: 20.0 % before, 50.0 % now.',
    });
    expect(verdict(summary(0.2, 0.5)).details.join()).toContain('50 % of the gap');
    expect(verdict(summary(0.2, 0.2025)).headline).toMatch(/did not improve.*within chance/);
    expect(verdict(summary(0.5, 0.2)).headline).toMatch(/did not improve: it got worse/);
    expect(verdict(summary(0.2, 0.2)).improved).toBe(false);
  });

  it('says whether the teacher helped, or that nothing shows it', () => {
    const first = (...scores: [number, number, number?]) => verdict(summary(...scores)).details[0];
    expect(first(0.2, 0.5, 0.4)).toMatch(/^GenRecal beats SFT control: 50.0 % against 40.0 %/);
    expect(first(0.2, 0.4, 0.5)).toMatch(/^GenRecal loses to SFT control/);
    expect(first(0.2, 0.5, 0.4975)).toMatch(/cannot be told apart/);
    expect(first(0.2, 0.5)).toMatch(/^No control arm/);
  });
});

describe('the difference to another arm', () => {
  const at = (step: number, who: string, right: string, final = false) => ({
    step,
    who,
    final,
    score: { exactMatch: 0, n: right.length, right, byType: {} },
  });

  it('is taken question by question where both were asked, with its band', () => {
    const found = differences(
      [
        at(10, 'main', '1100'),
        at(10, 'sft', '0100'),
        at(20, 'main', '1111'),
        at(30, 'main', '11', true),
        at(30, 'sft', '00', true),
      ],
      'sft',
    );
    expect(found.map(({ step, mean }) => [step, mean])).toEqual([[10, 0.25]]);
    const [low, high] = found[0]!.band;
    expect(low).toBeLessThanOrEqual(0.25);
    expect(high).toBeGreaterThanOrEqual(0.25);
  });
});

describe('the scale of steps', () => {
  it('finds the step under a place and back, linear and logarithmic', () => {
    for (const log of [false, true]) {
      const scale = stepScale(500, 120, log);
      for (const step of [1, 7, 250, 500]) expect(stepAt(placeOf(step, scale), scale)).toBeCloseTo(step, 9);
      expect(placeOf(scale.to, scale)).toBe(1);
    }
    expect(stepScale(500, 0, true).from).toBe(1);
  });

  it('follows the last steps', () => {
    expect(stepScale(500, 40, false, 100)).toMatchObject({ from: 0, to: 100 });
    expect(stepScale(500, 340, false, 100)).toMatchObject({ from: 240, to: 340 });
  });
});
