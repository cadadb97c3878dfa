import { ownNames } from '../../engine/models/checkpoints/own-pair.ts';
import { suggestion } from '../../engine/recipe/read-link.ts';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import type { PairReport } from '../../worker/protocol.ts';
import { useStore } from '../store.ts';

/**
 * The pair to take where this site does not have the one that is asked for; says so. One with a person's own models is taken: they can be opened again.
 */
export function insteadOf(wanted: string, pairs: readonly PairReport[]): string {
  if (ownNames(wanted).length > 0) return wanted;
  const keys = pairs.map(({ key }) => key);
  const instead = keys.includes(defaultRecipe.pair) ? defaultRecipe.pair : (keys[0] ?? wanted);
  // A site may serve only some of the pairs: nobody asked for the one that the page begins with.
  if (wanted !== defaultRecipe.pair)
    useStore.getState().addLinkFailure({
      code: 'recipe-invalid',
      message: `There is no pair “${wanted}” here; “${instead}” was taken instead.${suggestion(wanted, keys)}`,
      action: `Choose another pair where you like: ${keys.join(', ')}.`,
    });
  return instead;
}
