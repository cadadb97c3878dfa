import { withHalfTheRate } from '../../engine/recipe/live.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { goOnWith } from '../kept/runs.ts';
import { useStore } from '../store.ts';
import { run } from './training.ts';

/**
 * Takes up a run that failed: from its saved state where it has one, otherwise from the start.
 * @param gently with half the learning rate from there on
 */
export async function retry(gently: boolean): Promise<void> {
  const { resumables, presentId, run: failed, takeRecipe } = useStore.getState();
  const resumable = resumables.find(({ id, step }) => id === presentId && step > 0);
  const change = (recipe: Recipe) => (gently ? withHalfTheRate(recipe) : recipe);
  if (resumable !== undefined) return goOnWith(resumable.id, gently ? change : undefined);
  if (failed.recipe !== undefined) takeRecipe(change(failed.recipe));
  await run();
}
