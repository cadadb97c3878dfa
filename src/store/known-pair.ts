import type { EngineFailure } from '../engine/errors.ts';
import { suggestion } from '../engine/recipe/link.ts';
import { defaultRecipe } from '../engine/recipe/schema.ts';
import type { PairReport } from '../worker/protocol.ts';

/** The pair to load where `wanted` is asked for, and what to say where this site does not have it. */
export function knownPair(
  wanted: string,
  pairs: readonly PairReport[],
): { pair: string; failure?: EngineFailure } {
  const has = (key: string) => pairs.some((pair) => pair.key === key);
  if (has(wanted)) return { pair: wanted };
  const instead = has(defaultRecipe.pair) ? defaultRecipe.pair : (pairs[0]?.key ?? wanted);
  // A site may serve only some of the pairs: nobody asked for the one that the page begins with.
  if (wanted === defaultRecipe.pair) return { pair: instead };
  const keys = pairs.map(({ key }) => key);
  return {
    pair: instead,
    failure: {
      code: 'recipe-invalid',
      message: `There is no pair “${wanted}” here; “${instead}” was taken instead.${suggestion(wanted, keys)}`,
      action: `Choose another pair where you like: ${keys.join(', ')}.`,
    },
  };
}
