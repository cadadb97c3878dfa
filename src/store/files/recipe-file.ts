import { EngineError } from '../../engine/errors.ts';
import { defaultRecipe, parseRecipe } from '../../engine/recipe/schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';

/**
 * The recipe in a JSON file such as a bundle's `recipe.json`; undefined where the file is something else, for instance a run.
 * @throws EngineError `recipe-invalid` naming the fields that are wrong.
 */
export function readRecipeFile(json: unknown): Recipe | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const keys = Object.keys(json);
  // Runs have a format; what shares no field with a recipe is none.
  if (keys.includes('format') || !keys.some((key) => Object.hasOwn(defaultRecipe, key))) return undefined;
  const parsed = parseRecipe(json);
  if (parsed.ok) return parsed.recipe;
  throw new EngineError(
    'recipe-invalid',
    `The recipe in the file cannot be used: ${parsed.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' ')}`,
    'Correct these fields in the file, or choose a recipe that this page saved.',
  );
}
