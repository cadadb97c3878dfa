import { parseRecipe, recipeSchema } from '../../recipe/schema.ts';
import type { Recipe, RecipeInput } from '../../recipe/recipe.ts';
import { finalSplit, finalTextSplit, isOfText, isValidation, ownSplitNames } from '../../recipe/splits.ts';
import type { OwnDataReport } from './read-own-data.ts';

/**
 * The same recipe about a person's data, which are of the kind that it asks about, with pictures or without: every training question, with all the answers
 * that there are. Arms that would then train what another one trains are left out.
 */
export function aboutOwnData(recipe: Recipe, { key, sides }: Pick<OwnDataReport, 'key' | 'sides'>): Recipe {
  const { questions, answered } = sides.training;
  const { split, otherSplits } = recipe.evaluation;
  // Whoever learns true answers alone would have nothing to learn.
  const taught = answered > 0 || recipe.data.unlabelled !== 'ignored';
  const next: Recipe = {
    ...recipe,
    arms:
      answered > 0
        ? recipe.arms
        : recipe.arms.filter(({ change }) => change['data.unlabelled'] !== 'ignored'),
    data: {
      ...recipe.data,
      own: key,
      unlabelledStyles: [],
      examples: questions,
      // 0 would say: all of them.
      labelled: answered === questions ? 0 : Math.max(1, answered),
      unlabelled: taught ? recipe.data.unlabelled : 'teacher-answers',
    },
    evaluation: {
      ...recipe.evaluation,
      split:
        isValidation(split) && sides.validation.answered > 0
          ? split
          : isOfText(split)
            ? finalTextSplit
            : finalSplit,
      otherSplits: otherSplits.filter((other) => ownSplitNames[other] !== undefined),
    },
  };
  return parsedWithoutTwins(next);
}

function parsedWithoutTwins(recipe: Recipe): Recipe {
  const result = parseRecipe(recipe);
  if (result.ok) return result.recipe;
  const twin = result.issues
    .map(({ path }) => /^arms\.(\d+)$/.exec(path)?.[1])
    .find((at) => at !== undefined);
  return twin === undefined
    ? recipe
    : parsedWithoutTwins({ ...recipe, arms: recipe.arms.filter((_, i) => i !== Number(twin)) });
}

/** The same recipe about the built-in data, with as many examples and labels as by default. */
export function aboutBuiltIn(recipe: Recipe): Recipe {
  const data: RecipeInput['data'] = { ...recipe.data };
  for (const field of ['own', 'examples', 'labelled'] as const) delete data[field];
  return recipeSchema.parse({ ...recipe, data });
}
