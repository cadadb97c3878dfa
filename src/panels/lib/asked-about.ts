import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isOfText, splitNames, splitOf } from '../../engine/recipe/splits.ts';

/** What a recipe decides about its questions. */
interface Asking {
  data: Pick<Recipe['data'], 'own'>;
  evaluation: Pick<Recipe['evaluation'], 'split'>;
}

/** What a recipe asks: “questions about …”, or a person's own. */
export function askedAbout(recipe: Asking): string {
  const { split } = recipe.evaluation;
  if (recipe.data.own !== undefined && isOfText(split)) return splitOf(recipe);
  return recipe.data.own !== undefined || isOfText(split)
    ? `questions about the ${splitOf(recipe)}`
    : `questions about pictures in the ${splitNames[split]}`;
}

/** The same in words that say why nobody can have learned their answers by heart. */
export function newTo({ data, evaluation }: Asking): string {
  const text = isOfText(evaluation.split);
  if (data.own !== undefined)
    return `${text ? 'your questions' : 'questions about your pictures'}, those that are set aside from training`;
  return text
    ? 'questions about facts that no training question of either asks for'
    : 'questions about pictures in a drawing style that neither was trained on';
}
