import { recipeSchema } from '../src/engine/recipe/schema.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';

/** What is measured: the defaults of a pair, one student, and true answers, because whose answers they are costs no time. */
export function benchRecipe(pair?: string): Recipe {
  return recipeSchema.parse({
    // The whole student, as the engines that it is measured against train it.
    student: { visionEncoder: 'trained' },
    ...(pair !== undefined && { pair }),
    arms: [],
    data: { labelled: 0 },
  });
}
