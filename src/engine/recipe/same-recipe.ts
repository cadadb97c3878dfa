import type { Recipe } from './recipe.ts';

/** Whether two recipes say the same in every field. Their fields stand in the schema's order, as parsing and `withField` leave them. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
