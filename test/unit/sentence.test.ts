import { describe, expect, it } from 'vitest';
import { defaultRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import { scoreRows } from '../../src/panels/result/scores.ts';
import { sentence } from '../../src/panels/result/sentence.ts';
import type { EvaluationPoint } from '../../src/store/slices/metrics-slice.ts';

const point = (who: string, exactMatch: number, final: boolean, step = 0): EvaluationPoint => ({
  who,
  step,
  final,
  score: { exactMatch, n: 4, right: '0000', byType: {} },
});

const arms = [
  { key: 'main', label: 'GenRecal' },
  { key: 'sft', label: 'SFT' },
];
const rows = (told: readonly EvaluationPoint[]) => scoreRows(told, arms).rows;

describe('a run in a sentence', () => {
  it('says the stage, and nothing of numbers that are not there', () => {
    expect(sentence(undefined, undefined, [])).toMatch(/^Press Run/);
    expect(sentence(defaultRecipe, undefined, [])).toMatch(/^Both models answer questions first/);
    expect(sentence(defaultRecipe, 'align', [])).toBe(
      'Stage 1: the Recalibrator learns to translate between the two models; the student waits.',
    );
  });

  it('says how far the student is: the latest answers, the untouched student on the same questions, the teacher', () => {
    const told = [
      point('before', 0.2, true),
      point('teacher', 0.8, true),
      point('before', 0.25, false),
      point('main', 0.3, false, 20),
      point('main', 0.5, false, 40),
    ];
    expect(sentence(defaultRecipe, 'distil', rows(told))).toBe(
      'Stage 2: the student learns from the teacher, through the Recalibrator. It has 50.0 % right; 25.0 % before, the teacher 80.0 %.',
    );
    expect(sentence(defaultRecipe, 'distil', rows(told), true)).toMatch(
      /^The run ended early\. It has 50\.0 %/,
    );
    // All questions count from the moment on at which every student has answered them: for the table and for the sentence.
    const ending = [...told, point('main', 0.6, true, 50)];
    expect(sentence(defaultRecipe, 'finetune', rows(ending))).toContain('It has 50.0 % right; 25.0 % before');
    const ended = [...ending, point('sft', 0.4, true, 50)];
    expect(sentence(defaultRecipe, 'finetune', rows(ended))).toContain('It has 60.0 % right; 20.0 % before');
  });

  it('names another objective, which prepares nothing', () => {
    const recipe = recipeSchema.parse({ objective: 'uld' });
    expect(sentence(recipe, 'align', [])).toContain('the student waits, because only GenRecal');
    expect(sentence(recipe, 'distil', [])).toBe('Stage 2: the student learns by ULD.');
  });
});
