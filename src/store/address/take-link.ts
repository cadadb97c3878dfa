import { recipeFromLink } from '../../engine/recipe/read-link.ts';
import { addLinkNotice } from './link-notice.ts';
import { takeForeignRecipe } from '../files/take-recipe.ts';

/** Takes what is understood of a link, and says what is not. @returns whether anything could be taken just now */
export function takeLink(link: string): boolean {
  const { recipe, refused } = recipeFromLink(link);
  const failure = takeForeignRecipe(recipe);
  if (failure !== undefined) {
    addLinkNotice(failure);
    return false;
  }
  if (refused.length > 0)
    addLinkNotice({
      code: 'recipe-invalid',
      message: `Not everything in the address can be used. ${refused.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
      action: 'The rest was taken. Ask for the link again, or go on with this.',
    });
  return true;
}
