import { EngineError } from '../errors.ts';
import { objectiveForOneTokenizer } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';

/**
 * Objectives that compare token by token have nothing to compare between two vocabularies.
 * @throws EngineError `recipe-invalid`
 */
export function refuseForeignTokens({ pair }: Pick<TrainSession, 'pair'>, recipe: Recipe): void {
  const objective = objectiveForOneTokenizer(recipe);
  if (objective === undefined || pair.teacher.tokenizer === pair.student.tokenizer) return;
  throw new EngineError(
    'recipe-invalid',
    `${objective} compares the two models token by token, but “${pair.label}” has two different tokenizers.`,
    'Choose a pair with one tokenizer, or another objective.',
  );
}
