import { withHalfTheRate } from '../../engine/recipe/live.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { useStore } from '../store.ts';
import { begin } from './begin.ts';
import { goOnWith } from './go-on.ts';

/**
 * Takes up a run that failed: from its saved state where it has one, otherwise from the start.
 * @param gently with half the learning rate from there on
 */
export async function retry(gently: boolean): Promise<void> {
  const { savePoints, present, run: failed, takeRecipe } = useStore.getState();
  const point = savePoints.find(({ id, step }) => id === present?.id && step > 0);
  const change = (recipe: Recipe) => (gently ? withHalfTheRate(recipe) : recipe);
  if (point !== undefined) return goOnWith(point.id, gently ? change : undefined);
  if (failed.recipe !== undefined) takeRecipe(change(failed.recipe));
  const sweep = present?.record.sweep;
  const settings = sweep?.settings?.map((one) => ({ ...one, recipe: change(one.recipe) }));
  await begin(sweep && { ...sweep, ...(settings && { settings }) });
}
