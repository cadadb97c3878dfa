import { withBlind } from './arms.ts';
import { presetOf, recipeOf } from './presets.ts';
import { defaultRecipe } from './schema.ts';
import type { Recipe } from './recipe.ts';
import { hide } from './text/hidden-text.ts';

/**
 * A recipe as the part of an address behind “#”, readable: only what differs from the defaults, `pair=nano&stages.align.steps=20`, or the preset that
 * it is, where that is shorter: `preset=nano-quick&seed=3`. Where a class is to guess it, nothing can be read: `blind=…`.
 */
export function recipeToLink(recipe: Recipe): string {
  if (recipe.blind === true) return `blind=${hide(recipeToLink(withBlind(recipe, false)))}`;
  const whole = fieldsOf(recipe, defaultRecipe).toString();
  const preset = presetOf(recipe, { anySeed: true });
  if (preset === undefined) return whole;
  const short = fieldsOf(recipe, recipeOf(preset), [['preset', preset.key]]).toString();
  return short.length < whole.length ? short : whole;
}

function fieldsOf(recipe: Recipe, base: Recipe, first: [string, string][] = []): URLSearchParams {
  const parameters = new URLSearchParams(first);
  for (const [path, value] of differences(recipe, base))
    parameters.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  return parameters;
}

/** Every field in which two recipes differ, by path, with the value of the first. */
export function differences(recipe: Recipe, base: Recipe): [string, unknown][] {
  const before = new Map(leaves(base));
  return leaves(recipe).filter(([path, value]) => JSON.stringify(value) !== JSON.stringify(before.get(path)));
}

/** Every field by its path; lists are fields. */
export function leaves(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner as object, `${prefix}${key}.`)
      : [[prefix + key, inner]],
  );
}
