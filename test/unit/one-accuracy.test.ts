import { expect, it } from 'vitest';
import { onFirst, score } from '../../src/engine/evaluate/score.ts';
import { armsOf, mainArm } from '../../src/engine/recipe/arms.ts';
import { accuracy } from '../../src/panels/curves/charts.tsx';
import { Differences } from '../../src/panels/curves/differences.ts';
import type { ChartLine } from '../../src/panels/curves/lines.ts';
import { readOut } from '../../src/panels/curves/read-out.ts';
import { RunSeries } from '../../src/panels/curves/run-series.ts';
import { formatPercent } from '../../src/panels/lib/format.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { sentence } from '../../src/panels/result/sentence.ts';
import { verdict } from '../../src/panels/result/verdict.ts';
import type { EvaluationPoint } from '../../src/store/slices/metrics-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { recipe } from './run-fixtures.ts';

const own = recipe();
const arms = armsOf(own);
/** Kinds of question take turns; the live ones are the first eight of twenty-four. */
const questions = Array.from({ length: 24 }, (_, i) => ({
  id: `q${i}`,
  type: i % 2 === 0 ? ('name' as const) : ('kind' as const),
  question: '?',
  answer: 'yes',
  picture: '',
}));
const said = (who: string, right: number[], final: boolean, step = 0): EvaluationPoint => {
  const asked = questions.slice(0, final ? 24 : 8);
  const answers = asked.map((_, i) => (right.includes(i) ? 'yes' : 'no'));
  return { who, step, final, score: score(asked, answers) };
};
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

const live = [
  said('before', upTo(2), false),
  said('before', upTo(3), true),
  said('teacher', [...upTo(6), ...upTo(16, 8)], true),
  said('main', upTo(4), false, 4),
  said('sft', upTo(3), false, 4),
];
const ended = [
  ...live,
  said('main', upTo(5), false, 8),
  said('main', upTo(14), true, 8),
  said('sft', upTo(3), false, 8),
  said('sft', upTo(9), true, 8),
];

/** As the wall of pictures shows the live questions. */
function counts(rows: ReturnType<typeof scoreRows>['rows']) {
  const right = (who: string) => 8 * rows.find(({ key }) => key === who)!.score!.exactMatch;
  return { of: 8, now: right(mainArm), before: right('before'), teacher: right('teacher') };
}

/** What the chart, the table and the sentence say of everybody. */
function told(evaluations: EvaluationPoint[]) {
  const run = new RunSeries([], evaluations, 0);
  const { lines, levels, ...chart } = accuracy({
    run,
    differences: new Differences(evaluations),
    evaluations,
    arms,
    earlier: [],
    split: 'held-out-style',
    seeds: 1,
    clock: undefined,
    view: useStore.getState().curves,
  });
  const { rows } = scoreRows(evaluations, arms);
  const table = Object.fromEntries(rows.map(({ key, score: s }) => [key, s?.exactMatch]));
  const drawn = Object.fromEntries([
    ...arms.map(({ key }, i) => [key, readOut(lines[i]!, undefined, true)] as const),
    ...levels!.map(({ name, value }) => [name, value] as const),
  ]);
  return { table, drawn, lines, rows, chart, words: sentence(own, 'finetune', counts(rows)) };
}

it('while a run goes on, curve, table and sentence are of the live questions, the teacher’s too', () => {
  const { table, drawn, chart, words } = told(live);
  expect(table).toEqual({ teacher: 0.75, main: 0.5, sft: 0.375, before: 0.25 });
  expect(drawn).toEqual(table);
  expect(chart).toMatchObject({ about: '8 questions', gap: [0.25, 0.75] });
  expect(words).toContain('4 of 8 right; 2 before, 6 for the teacher: 50\u00a0% of the gap closed.');
});

it('at the end they are of all questions: the curve has end points with the table’s bands', () => {
  const { table, drawn, lines, rows, chart } = told(ended);
  expect(drawn).toEqual(table);
  expect(drawn.main).toBeCloseTo(14 / 24);
  expect(chart).toMatchObject({ about: 'n = 24, line 8', gap: [3 / 24, 22 / 24] });
  const ends = arms.map(({ key, label }) => [label, rows.find((row) => row.key === key)!.band] as const);
  for (const [label, band] of ends) {
    const { end } = lines.find(({ name }) => name === label) as ChartLine;
    expect(end).toMatchObject({ x: 8, range: [band!.low, band!.high], value: band!.mean });
  }
  // Who points at a step before the end reads what was live there.
  expect(readOut(lines[0]!, 5, true)).toBe(0.5);
  const [before, teacher, ...after] = ['before', 'teacher', mainArm, 'sft'].map(
    (key) => ended.findLast(({ who, final }) => final && who === key)!.score,
  );
  const { headline, details } = verdict({
    split: 'held-out-style',
    questions: 24,
    before: before!,
    teacher: teacher!,
    otherSplits: [],
    steps: 8,
    seconds: 1,
    trainSeconds: 1,
    arms: arms.map(({ key, label }, i) => ({ key, label, after: after[i]! })),
  });
  expect(headline).toContain(formatPercent(table.before!));
  expect(headline).toContain(formatPercent(table.main!));
  expect(details.join(' ')).toContain('closed 58\u00a0% of the gap');
});

it('a score on the first of its questions is what asking them alone gives', () => {
  const whole = said('main', [0, 1, 2, 5, 6, 9, 20], true).score;
  expect(onFirst(whole, 8)).toEqual(said('main', [0, 1, 2, 5, 6], false).score);
  expect(onFirst(whole, 99)).toBe(whole);
  const otherOrder = { ...whole, byType: { ...whole.byType, name: { exactMatch: 1, n: 12 } } };
  expect(onFirst(otherOrder, 8)).toMatchObject({ exactMatch: 5 / 8, byType: {} });
});
