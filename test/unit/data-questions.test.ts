import { describe, expect, it } from 'vitest';
import { styleKeys } from '../../src/engine/data/emoji/manifest.ts';
import {
  evaluationExamples,
  isHeldOutPair,
  trainingExamples,
  withArticle,
} from '../../src/engine/data/emoji/questions.ts';
import { exampleKey, type SceneExample } from '../../src/engine/data/emoji/scene.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { pictureSplits, type PictureSplit } from '../../src/engine/recipe/splits.ts';
import { shippedManifest } from './data-fixtures.ts';

const manifest = await shippedManifest();
const { concepts } = manifest;
const trainStyles = styleKeys(manifest, 'train');
const training = (seed: number, count: number) =>
  trainingExamples({ manifest, tasks: questionTypes, styles: trainStyles, seed, count });
const evaluation = (split: PictureSplit, count = 490) =>
  evaluationExamples({ manifest, split, tasks: questionTypes, count });
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
const places = ['top left', 'top right', 'bottom left', 'bottom right'];

/** The true answer, from what the scene shows. */
function truth({ type, placements, question }: SceneExample): string {
  const names = [...placements].sort((a, b) => a.cell - b.cell).map(({ concept }) => concepts[concept]!.name);
  switch (type) {
    case 'name':
      return names[0]!;
    case 'kind':
      return concepts[placements[0]!.concept]!.kind;
    case 'yes-no':
      return new RegExp(`^Is (this|it) (an? )?${names[0]}\\?$`).test(question) ? 'yes' : 'no';
    case 'count':
      return ['one', 'two', 'three', 'four'][placements.length - 1]!;
    case 'position': {
      const cell = places.findIndex((place) => question.includes(place));
      return concepts[placements.find((placement) => placement.cell === cell)!.concept]!.name;
    }
    case 'odd-one-out':
      return names.find((name) => names.filter((other) => other === name).length === 1)!;
    case 'caption':
      return names.join(' and ');
  }
}

it('names take their article: by sound, and none for plurals and stuff', () => {
  expect(['dog', 'apple', 'unicorn', 'umbrella', 'rice', 'scissors'].map(withArticle)).toEqual([
    'a dog',
    'an apple',
    'a unicorn',
    'an umbrella',
    'rice',
    'scissors',
  ]);
});

describe('training examples', () => {
  const examples = training(11, 7000);

  it('repeat for a seed, differ between seeds, and a longer list begins with the shorter one', () => {
    expect(training(11, 700)).toEqual(examples.slice(0, 700));
    const keys = (list: SceneExample[]) => list.map(exampleKey);
    expect(keys(training(12, 700))).not.toEqual(keys(examples.slice(0, 700)));
  });

  it('carry the true answer, opening with the informative word', () => {
    for (const example of examples)
      expect(example.answer, example.question).toBe(`${capital(truth(example))}.`);
  });

  it('share the tasks equally', () => {
    for (const type of questionTypes)
      expect(examples.filter((example) => example.type === type)).toHaveLength(1000);
  });

  it('balance yes and no, and deny only things of another subgroup', () => {
    const asked = examples.filter(({ type }) => type === 'yes-no');
    const yes = asked.filter(({ answer }) => answer === 'Yes.').length;
    expect(Math.abs(yes - 500)).toBeLessThan(60);
    for (const { placements, question, answer } of asked) {
      const name = /^Is (?:this|it) (?:an? )?([a-z]+)\?$/.exec(question)![1];
      const mentioned = concepts.find((concept) => concept.name === name)!;
      const shown = concepts[placements[0]!.concept]!;
      if (answer === 'No.') expect(mentioned.subgroup).not.toBe(shown.subgroup);
      else expect(mentioned).toBe(shown);
    }
  });

  it('place drawings in different cells; an odd one out is of another kind', () => {
    for (const { grid, placements, type } of examples) {
      const cells = placements.map(({ cell }) => cell);
      expect(new Set(cells).size).toBe(cells.length);
      expect(Math.max(...cells)).toBeLessThan(grid * grid);
      if (type === 'odd-one-out')
        expect(new Set(placements.map(({ concept }) => concepts[concept]!.kind)).size).toBe(2);
      else expect(new Set(placements.map(({ concept }) => concept)).size).toBe(placements.length);
    }
  });

  it('use only the styles asked for', () => {
    const list = trainingExamples({
      manifest,
      tasks: ['name', 'count'],
      styles: ['twemoji'],
      seed: 1,
      count: 200,
    });
    expect(new Set(list.flatMap(({ placements }) => placements.map(({ style }) => style)))).toEqual(
      new Set(['twemoji']),
    );
  });
});

describe('evaluation examples', () => {
  it.each(pictureSplits)(
    '%s: true, no two alike, tasks in equal parts, a shorter set is part of the longer',
    (split) => {
      const examples = evaluation(split);
      for (const example of examples) expect(example.answer).toBe(`${capital(truth(example))}.`);
      expect(new Set(examples.map(exampleKey)).size).toBe(examples.length);
      const types = [...new Set(examples.map(({ type }) => type))];
      const counts = types.map((type) => examples.filter((example) => example.type === type).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(evaluation(split, 50)).toEqual(examples.slice(0, 50));
    },
  );

  it('come to the number asked for where the drawings allow it', () => {
    for (const split of pictureSplits.filter((s) => s !== 'held-out-concept'))
      expect(evaluation(split)).toHaveLength(490);
    expect(evaluation('held-out-concept', 980).length).toBeGreaterThan(200);
  });

  it('draw from the style, concept or pair their split names', () => {
    const roleOf = (style: string) => manifest.styles.find(({ key }) => key === style)!.role;
    const roles = (split: PictureSplit) =>
      new Set(evaluation(split).flatMap(({ placements }) => placements.map(({ style }) => roleOf(style))));
    expect(roles('held-out-style')).toEqual(new Set(['held-out']));
    expect(roles('validation-style')).toEqual(new Set(['validation']));
    expect(roles('seen-style')).toEqual(new Set(['train']));
    for (const { type, placements } of evaluation('held-out-concept')) {
      expect(['kind', 'yes-no']).toContain(type);
      expect(concepts[placements[0]!.concept]!.split).toBe('held-out-concept');
    }
    for (const { placements } of evaluation('held-out-composition')) {
      const [a, b] = placements.map(({ concept }) => concepts[concept]!.name);
      expect(isHeldOutPair(a!, b!)).toBe(true);
    }
  });

  it('skip tasks a split cannot ask', () => {
    const ask = (split: PictureSplit, task: SceneExample['type']) =>
      evaluationExamples({ manifest, split, tasks: [task], count: 20 });
    expect(ask('held-out-concept', 'name')).toEqual([]);
    expect(ask('held-out-composition', 'kind')).toEqual([]);
  });
});

describe('held-out splits never reach training', () => {
  const seeds = [0, 1, 1234, 2 ** 31 - 1];
  const trained = seeds.flatMap((seed) => training(seed, 14_000));
  const keys = new Set(trained.map(exampleKey));

  it.each(pictureSplits.slice(1))('%s', (split) => {
    const leaked = evaluation(split).filter((example) => keys.has(exampleKey(example)));
    expect(leaked).toEqual([]);
  });

  it('would notice a leak: seen-style questions do meet training ones', () => {
    expect(evaluation('seen-style').some((example) => keys.has(exampleKey(example)))).toBe(true);
  });

  it('shows no held-out concept, style or pair, and names no held-out concept', () => {
    const heldOutNames = new Set(
      concepts.filter(({ split }) => split === 'held-out-concept').map(({ name }) => name),
    );
    const styles = new Set<string>();
    for (const { placements, question, answer } of trained) {
      for (const { concept, style } of placements) {
        styles.add(style);
        if (concepts[concept]!.split !== 'train') expect.fail(`${concepts[concept]!.name} is trained on`);
        for (const { concept: other } of placements)
          if (other !== concept && isHeldOutPair(concepts[concept]!.name, concepts[other]!.name))
            expect.fail(`${concepts[concept]!.name} meets ${concepts[other]!.name}`);
      }
      for (const word of `${question} ${answer}`.toLowerCase().match(/[a-z]+/g)!)
        if (heldOutNames.has(word)) expect.fail(`“${question} ${answer}” names a held-out concept`);
    }
    expect([...styles].sort()).toEqual([...trainStyles].sort());
  });

  it('holds out about 15 % of pairs, whichever way round', () => {
    let heldOut = 0;
    let pairs = 0;
    for (const { name: a } of concepts)
      for (const { name: b } of concepts)
        if (a < b) {
          pairs++;
          if (isHeldOutPair(a, b)) heldOut++;
          expect(isHeldOutPair(b, a)).toBe(isHeldOutPair(a, b));
        }
    expect(heldOut / pairs).toBeGreaterThan(0.13);
    expect(heldOut / pairs).toBeLessThan(0.17);
  });
});
