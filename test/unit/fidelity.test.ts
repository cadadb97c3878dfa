import { expect, it } from 'vitest';
import type { Example } from '../../src/engine/data/example.ts';
import { fidelity } from '../../src/engine/evaluate/fidelity.ts';
import { calibrationError, perplexity } from '../../src/engine/evaluate/likelihood.ts';
import { verdict } from '../../src/panels/result/verdict.ts';

it('calibration: confidence that is right on average in every bin is no error, and blind confidence is one', () => {
  const sure = Array.from({ length: 10 }, () => 0.8);
  expect(calibrationError(sure, [true, true, true, true, true, true, true, true, false, false])).toBeCloseTo(
    0,
  );
  expect(
    calibrationError(
      sure,
      sure.map(() => false),
    ),
  ).toBeCloseTo(0.8);
  // Over- and underconfidence in different bins do not cancel.
  expect(calibrationError([0.95, 0.05], [false, true])).toBeCloseTo(0.95);
  expect(calibrationError([1, 1], [true, true])).toBe(0);
  expect(calibrationError([], [])).toBe(0);
});

it('perplexity weighs tokens, not answers', () => {
  const nats = Math.log(4);
  expect(
    perplexity([
      { nats, tokens: 1 },
      { nats: 0, tokens: 1 },
    ]),
  ).toBeCloseTo(2);
});

it('a model is asked once for what is true, what it said and what the teacher said', async () => {
  const examples = ['Dog', 'Cat', 'Bee'].map((answer, i): Example => {
    return { id: String(i), type: 'name', picture: String(i), question: 'What is this?', answer };
  });
  const chance: Record<string, number> = { Dog: 0.5, Cat: 0.25, Bee: 0.2, Fly: 0.7 };
  const asked: string[] = [];
  const found = await fidelity(
    {
      answer: () => Promise.reject(new Error('nobody asks')),
      likelihoods: (given) => {
        asked.push(...given.map(({ id, answer }) => id + answer));
        return Promise.resolve(given.map(({ answer }) => ({ nats: -Math.log(chance[answer]!), tokens: 1 })));
      },
    },
    { examples, answers: ['Dog', 'Cat', 'Fly'], teacherAnswers: ['Dog', 'Dog', 'Fly'] },
  );
  expect(asked.toSorted()).toEqual(['0Dog', '1Cat', '1Dog', '2Bee', '2Fly']);
  expect(found.perplexity).toBeCloseTo((0.5 * 0.25 * 0.2) ** (-1 / 3));
  expect(found.agreement).toBeCloseTo(2 / 3);
  expect(found.teacherProbability).toBeCloseTo((0.5 + 0.5 + 0.7) / 3);
  // Right at 0.5 and at 0.25, wrong at 0.7.
  expect(found.calibrationError).toBeCloseTo((0.5 + 0.75 + 0.7) / 3);
});

it('the words on a run say what was measured beside accuracy, over its seeds, and nothing of what was not', () => {
  const scored = (right: string, more: object) => ({ exactMatch: 0, n: 4, right, byType: {}, ...more });
  const told = (before: object, seeds: object[]) =>
    verdict({
      split: 'held-out-style',
      questions: 4,
      before: scored('0000', before),
      teacher: scored('1111', {}),
      arms: [
        {
          key: 'main',
          label: 'GenRecal',
          after: scored('1111', seeds[0]!),
          seeds: seeds.map((one) => scored('1111', one)),
        },
      ],
      otherSplits: [],
      steps: 1,
      seconds: 1,
      trainSeconds: 1,
    }).details.join(' ');
  const text = told({ agreement: 0.25, calibrationError: 0.3 }, [
    { agreement: 0.5, calibrationError: 0.1, perplexity: 2 },
    { agreement: 1, calibrationError: 0.2, perplexity: 4 },
  ]);
  expect(text).toContain('Answers that are the teacher’s: before 25.0\u00a0%, GenRecal 75.0\u00a0%.');
  expect(text).toMatch(/Calibration error.*: before 30\.0\s%, GenRecal 15\.0\s%\./);
  expect(text).toContain('per token: GenRecal 3.00.');
  expect(told({}, [{}])).not.toMatch(/Calibration|teacher’s:/);
});
