import { withBlind } from '../../engine/recipe/arms.ts';
import { recipeToLink } from '../../engine/recipe/link.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { copyText } from '../copy.ts';
import { useStore } from '../store.ts';

/** The link for others: a recipe, and the whole page whatever this one shows. */
export function linkTo(recipe: Recipe): string {
  const link = recipeToLink(recipe);
  return `${window.location.href.split(/[?#]/)[0]}${link === '' ? '' : `#${link}`}`;
}

/** Puts a link on the clipboard that does not tell what the recipe is. */
export function copyBlindLink(): Promise<void> {
  return copyText('link', linkTo(withBlind(useStore.getState().draft, true)));
}
