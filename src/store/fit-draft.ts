import { readsPictures } from '../engine/models/checkpoints/own-pair.ts';
import { askedOf } from '../engine/data/asked-of.ts';
import { aboutBuiltIn } from '../engine/data/own/about-own-data.ts';
import { dataWord, isOfText } from '../engine/recipe/splits.ts';
import { useStore } from './store.ts';

/**
 * Makes the draft's questions those that its pair can be asked, about pictures or not: in place of a person's own of the other kind come the built-in ones,
 * and they are told so. A draft that cannot be used stays for whoever types it.
 */
export function fitDraft(): void {
  const { draft, parsed, pairs, takeRecipe } = useStore.getState();
  const pair = pairs.find(({ key }) => key === draft.pair);
  if (pair === undefined || parsed === undefined) return;
  const pictures = readsPictures(pair);
  const { split } = parsed.evaluation;
  const { own } = parsed.data;
  // A person's data are of the kind that a recipe about them asks for.
  const foreign = own !== undefined && isOfText(split) === pictures;
  const fitted = askedOf(foreign ? aboutBuiltIn(parsed) : parsed, pictures);
  if (fitted !== parsed) takeRecipe(fitted);
  if (foreign) useStore.setState({ left: { key: own, word: dataWord(split) } });
}
