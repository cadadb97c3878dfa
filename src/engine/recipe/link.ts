import { defaultRecipe } from './schema.ts';
import type { Recipe } from './recipe.ts';

/** A recipe as the part of an address behind “#”: only what differs from the defaults, readable: `pair=nano&stages.align.steps=20`. */
export function recipeToLink(recipe: Recipe): string {
  const parameters = new URLSearchParams();
  for (const [path, value] of differences(recipe, defaultRecipe))
    parameters.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  return parameters.toString();
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
