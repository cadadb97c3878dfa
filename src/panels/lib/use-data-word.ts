import { dataWord, type DataWord } from '../../engine/recipe/splits.ts';
import { useStore } from '../../store/store.ts';

/** What the questions on the screen are about: those of the run that is shown, or else of the recipe. */
export function useDataWord(): DataWord {
  return useStore(({ run, draft }) => dataWord((run.recipe ?? draft).evaluation.split));
}
