import type { EngineFailure } from '../../engine/errors.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isSame, loadable } from '../slices/pair-slice.ts';
import { isBusy } from '../slices/sweep-slice.ts';
import { useStore } from '../store.ts';
import { fits, loadPair } from './load-pair.ts';
import { insteadOf } from './unknown-pair.ts';

/**
 * Takes a recipe that came as a link or a file into the form, and loads its pair.
 * @returns why not, while a run goes on
 */
export function takeForeignRecipe(recipe: Recipe): EngineFailure | undefined {
  const { pairs, draft, takeRecipe } = useStore.getState();
  if (isBusy(useStore.getState()))
    return {
      code: 'engine-busy',
      message: 'A run is going on: its recipe stays as it is.',
      action: 'Wait until the run is done and open it again, or open it in another tab.',
    };
  // Before the index has been read, no pair is known: the start looks for it then.
  const known = pairs.length === 0 || pairs.some(({ key }) => key === recipe.pair);
  const pair = known ? recipe.pair : insteadOf(recipe.pair, pairs);
  const taken = { ...recipe, pair };
  takeRecipe(taken);
  // Before the device is open, nothing is loaded: the start loads the recipe's pair.
  if (!isSame(loadable(taken), loadable(draft)) || !fits(taken)) void loadPair(pair);
  return undefined;
}
