import { named, withBlind } from '../../engine/recipe/arms.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** Says what a class was to guess: in the form, and in the names of the run that is shown. */
export function reveal(): void {
  const { draft, run, takeRecipe } = getState();
  takeRecipe(withBlind(draft, false));
  if (run.recipe?.blind !== true) return;
  const recipe = withBlind(run.recipe, false);
  const { summary } = run;
  setState({
    run: {
      ...run,
      recipe,
      arms: named(run.arms, recipe),
      ...(summary && { summary: { ...summary, arms: named(summary.arms, recipe) } }),
    },
  });
}
