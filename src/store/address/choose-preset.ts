import { aboutOwnData } from '../../engine/data/own/about-own-data.ts';
import { sameOwnData } from '../../engine/own-data-key.ts';
import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import { dataWord } from '../../engine/recipe/splits.ts';
import { loadPair } from '../engine/load-pair.ts';
import { fitDraft } from '../fit-draft.ts';
import { isSame, loadable } from '../slices/pair-slice.ts';
import { useStore } from '../store.ts';
import { asStep } from './link.ts';

const { getState, setState } = useStore;

/**
 * Fills the recipe from a preset, which says how to learn: a person's own data stay, where its pair can be asked about them, and the questions are those
 * that its pair can be asked. Loads what it is about; “Back” takes it back.
 */
export async function choosePreset(key: string): Promise<void> {
  const { draft, applyPreset, taken, takeRecipe } = getState();
  asStep(() => {
    applyPreset(key);
    fitDraft();
    const { draft: preset } = getState();
    const word = dataWord(draft.evaluation.split);
    if (taken !== undefined && sameOwnData(taken.data.key, draft.data.own))
      if (word === dataWord(preset.evaluation.split)) takeRecipe(aboutOwnData(preset, taken.data));
      else setState({ left: { key: taken.data.key, word } });
    setState({ preset: key, presetTaken: !sameRecipe(getState().draft, draft) });
  });
  const chosen = loadable(getState().draft);
  if (!isSame(chosen, loadable(draft))) await loadPair(chosen.pair);
}
