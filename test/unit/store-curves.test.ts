import { describe, expect, it } from 'vitest';
import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { verdict } from '../../src/panels/result/verdict.ts';

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
      scores: { teacher: 0.25, main: 0.5, sft: undefined, before: 0.25 },
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
      headline: 'The student improved: 20.0\u00a0% before, 50.0\u00a0% now.',
    });
    expect(verdict(summary(0.2, 0.5)).details.join()).toContain('50\u00a0% of the gap');
    expect(verdict(summary(0.2, 0.2025)).headline).toMatch(/did not improve.*within chance/);
    expect(verdict(summary(0.5, 0.2)).headline).toMatch(/did not improve: it got worse/);
    expect(verdict(summary(0.2, 0.2)).improved).toBe(false);
  });

  it('says whether the teacher helped, or that nothing shows it', () => {
    const first = (...scores: [number, number, number?]) => verdict(summary(...scores)).details[0];
    expect(first(0.2, 0.5, 0.4)).toMatch(/^GenRecal beats SFT control: 50.0\s% against 40.0\s%/);
    expect(first(0.2, 0.4, 0.5)).toMatch(/^GenRecal loses to SFT control/);
    expect(first(0.2, 0.5, 0.4975)).toMatch(/cannot be told apart/);
    expect(first(0.2, 0.5)).toMatch(/^No control arm/);
  });
});
