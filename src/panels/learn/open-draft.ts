import { defaultRecipe } from '../../engine/recipe/schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { useStore } from '../../store/store.ts';

/** A part of the recipe in the form; while a class is to guess what that does, of the default one. */
export function useOpenDraft<T>(read: (recipe: Recipe) => T): T {
  return useStore(({ draft }) => read(draft.blind === true ? defaultRecipe : draft));
}
