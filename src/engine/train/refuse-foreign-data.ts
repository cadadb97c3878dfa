import type { Dataset } from '../data/dataset.ts';
import { EngineError } from '../errors.ts';
import { armsOf } from '../recipe/arms.ts';
import { objectives } from '../recipe/objectives.ts';
import { sameOwnData } from '../own-data-key.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { dataWord, splitName, type DataWord } from '../recipe/splits.ts';

/**
 * A recipe is about the built-in data or about a person's, which then have what it asks for.
 * @throws EngineError `recipe-invalid`
 */
export function refuseForeignData(data: Dataset, recipe: Recipe): void {
  const { own } = recipe.data;
  const word = dataWord(recipe.evaluation.split);
  if (!sameOwnData(data.own?.key, own)) throw otherData(own, word);
  if (data.own === undefined) return;
  if (data.evaluation({ split: recipe.evaluation.split, tasks: [], count: 1 }).length === 0)
    throw new EngineError(
      'recipe-invalid',
      `“${own}” has no answered questions about ${splitName(recipe.evaluation.split, recipe.data)}.`,
      `Ask about the held-out ${word}.`,
    );
  const unlearned = armsOf(recipe).find(
    ({ recipe: arm }) => arm.data.unlabelled === 'ignored' && objectives[arm.objective].answers !== 'teacher',
  );
  if (data.own.training.answered === 0 && unlearned !== undefined)
    throw new EngineError(
      'recipe-invalid',
      `No training question of “${own}” has an answer: with the others left out, “${unlearned.label}” has nothing to learn.`,
      'Let the teacher answer them.',
    );
}

/** The data that a recipe names are not those at hand. */
function otherData(own: string | undefined, word: DataWord): EngineError {
  return own === undefined
    ? new EngineError(
        'recipe-invalid',
        `The recipe is about the built-in ${word}, and others are loaded.`,
        'Load these.',
      )
    : dataNotHere(own, word);
}

export function dataNotHere(own: string, word: DataWord): EngineError {
  return new EngineError(
    'recipe-invalid',
    `The ${word} “${own}” are not here: a person’s own data stay where they are.`,
    `Open them again (“Your own ${word}”), or go back to the built-in ones.`,
  );
}
