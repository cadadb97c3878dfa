import { describe, expect, it } from 'vitest';
import type { PanelItem } from '../../src/engine/run/events.ts';
import { defaultRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import { sentence } from '../../src/panels/result/sentence.ts';
import { askedAt } from '../../src/panels/side-by-side/use-asked.ts';

describe('a run in a sentence', () => {
  it('says the stage, and nothing of numbers that are not there', () => {
    expect(sentence(undefined, undefined, undefined)).toMatch(/Press Run\.$/);
    expect(sentence(defaultRecipe, undefined, undefined)).toMatch(/^Both models answer questions first/);
    expect(sentence(defaultRecipe, 'align', undefined)).toBe(
      'Stage 1: the Recalibrator learns to translate between the two models; the student waits.',
    );
  });

  it('says how far the student is, in the questions that the wall shows', () => {
    const right = { of: 96, now: 51, before: 22, teacher: 68 };
    expect(sentence(defaultRecipe, 'distil', right)).toBe(
      'Stage 2: the student learns from the teacher, through the Recalibrator. 51 of 96 right; 22 before, 68 for the teacher: 63\u00a0% of the gap closed.',
    );
    expect(sentence(defaultRecipe, 'distil', right, true)).toMatch(/^The run ended early\. 51 of 96 right/);
    expect(sentence(defaultRecipe, 'distil', { ...right, now: 20 })).toMatch(/68 for the teacher\.$/);
    // Nobody is said to have what nobody asked; of several seeds the wall shows the first.
    expect(sentence(defaultRecipe, 'distil', { ...right, now: undefined })).toMatch(
      /Recalibrator\. 22 of 96 right before, 68 for the teacher; not asked since\.$/,
    );
    const five = recipeSchema.parse({ seed: 4, seeds: 5 });
    expect(sentence(five, 'distil', right)).toMatch(/Recalibrator\. Seed 4: 51 of 96 right;/);
  });

  it('names another objective, which prepares nothing', () => {
    const recipe = recipeSchema.parse({ objective: 'uld' });
    expect(sentence(recipe, 'align', undefined)).toContain('the student waits, because only GenRecal');
    expect(sentence(recipe, 'distil', undefined)).toBe('Stage 2: the student learns by ULD.');
  });
});

describe('a question at the moment that is looked at', () => {
  const item: PanelItem = {
    id: 'q',
    type: 'name',
    question: 'What is this?',
    reference: 'Dog.',
    picture: new Uint8ClampedArray(4),
    teacher: 'dog.',
    studentBefore: 'cat.',
  };
  const answers = ['cow.', 'dog.'].map((text, i) => ({ step: 10 * (i + 1), byArm: { main: { q: text } } }));
  const at = (lookedAt: number | 'latest') => askedAt([item], answers, lookedAt)[0]!;

  it('has what the student says then, what it said before, and what became of it', () => {
    expect(at(0)).toMatchObject({ now: 'cat.', previous: undefined, change: 'teacher' });
    expect(at(1)).toMatchObject({ now: 'cow.', previous: 'cat.', change: 'teacher' });
    expect(at('latest')).toMatchObject({
      now: 'dog.',
      previous: 'cow.',
      change: 'gained',
      right: { teacher: true, before: false, now: true },
    });
  });
});
