import { expect, it } from 'vitest';
import { shuffledAnswers } from '../../src/engine/train/training-set.ts';
import { shippedDataset } from './data-fixtures.ts';

it('shuffled answers are the teacher’s own, each at another question of its kind', async () => {
  const data = await shippedDataset();
  const examples = data.training({
    tasks: ['name', 'kind'],
    styles: ['noto'],
    seed: 3,
    count: 200,
  });
  const keys = new Map(examples.map((example) => [data.promptKey(example), example.type]));
  // Every question an answer of its own, so that it can be followed.
  const answers = new Map([...keys.keys()].map((key, i) => [key, `answer ${i}`]));
  const shuffled = shuffledAnswers(data, examples, answers, 1);
  const owner = new Map([...answers].map(([key, answer]) => [answer, key]));
  expect([...shuffled.values()].toSorted()).toEqual([...answers.values()].toSorted());
  for (const [key, answer] of shuffled) {
    expect(owner.get(answer)).not.toBe(key);
    expect(keys.get(owner.get(answer)!)).toBe(keys.get(key));
  }
  expect(shuffledAnswers(data, examples, answers, 1)).toEqual(shuffled);
  expect(shuffledAnswers(data, examples, answers, 2)).not.toEqual(shuffled);
});
