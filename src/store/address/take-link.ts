import { recipeFromLink } from '../../engine/recipe/read-link.ts';
import { takeForeignRecipe } from '../engine/take-recipe.ts';
import { useStore } from '../store.ts';

/** Takes what is understood of a link, and says what is not. @returns whether anything could be taken just now */
export function takeLink(link: string): boolean {
  const { recipe, refused } = recipeFromLink(link);
  const { addLinkFailure } = useStore.getState();
  const failure = takeForeignRecipe(recipe);
  if (failure !== undefined) {
    addLinkFailure(failure);
    return false;
  }
  if (refused.length > 0)
    addLinkFailure({
      code: 'recipe-invalid',
      message: `Not everything in the address can be used. ${refused.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
      action: 'The rest was taken. Ask for the link again, or go on with this.',
    });
  return true;
}
