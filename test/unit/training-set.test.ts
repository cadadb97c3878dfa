import { expect, it } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { labelledExamples, refuseHeldOut, shuffledAnswers } from '../../src/engine/train/training-set.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { shippedDataset } from './data-fixtures.ts';

it('shuffled answers are the teacher’s own, each at another question of its kind', async () => {
  const data = await shippedDataset();
  const examples = data.training({
    tasks: ['name', 'kind'],
    styles: ['noto'],
    seed: 3,
    count: 200,
    views: 'plain',
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

it('pictures without true answers may be of a style that nobody was trained on, and labelled ones may not', async () => {
  const data = await shippedDataset();
  const recipe = (of: object) => recipeSchema.parse({ data: { examples: 300, labelled: 100, ...of } });
  const plain = labelledExamples({ data }, recipe({}));
  const moved = labelledExamples({ data }, recipe({ unlabelledStyles: ['streamline-emojis'] }));
  expect(moved.slice(0, 100)).toEqual(plain.slice(0, 100));
  for (const { picture } of moved.slice(100)) expect(picture).toContain('/streamline-emojis@');
  expect(moved).toHaveLength(300);
  const refusal = (of: object) => () => refuseHeldOut({ data }, recipe(of));
  refusal({ unlabelledStyles: ['streamline-emojis', 'noto'] })();
  expect(refusal({ styles: ['streamline-emojis'] })).toThrow(/without true answers only/);
  expect(refusal({ unlabelledStyles: ['noto-v1'] })).toThrow(/kept for evaluation/);
  expect(refusal({ unlabelledStyles: ['fxemoji'] })).toThrow(EngineError);
  expect(refusal({ styles: ['other'] })).toThrow(/no drawing style/);
});
