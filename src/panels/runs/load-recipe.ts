import type { Recipe } from '../../engine/recipe/recipe.ts';
import { takeForeignRecipe } from '../../store/engine/take-recipe.ts';
import { useStore } from '../../store/store.ts';

/** Takes the recipe of a run into the form, and shows that; why not is said above the panels. */
export function loadRecipe(recipe: Recipe): void {
  const failure = takeForeignRecipe(recipe);
  if (failure === undefined) useStore.getState().setRecipeOpen(true);
  else useStore.setState({ runsNotice: failure });
}
