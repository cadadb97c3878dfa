import type { StateCreator } from 'zustand';
import { withField } from '../../engine/recipe/arms.ts';
import { presetOf, presets, recipeOf } from '../../engine/recipe/presets.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { defaultRecipe, parseRecipe, type RecipeIssue } from '../../engine/recipe/schema.ts';

export interface RecipeSlice {
  /** What the form shows; may be invalid while a person types. */
  draft: Recipe;
  /** `draft` as it was parsed, once, when it changed; undefined while a field of it cannot be used. */
  parsed: Recipe | undefined;
  /** Why `draft` cannot run, one entry per field; empty = it can. */
  issues: RecipeIssue[];
  preset: string | undefined;
  /** Whether a preset has just taken the place of another recipe. */
  presetTaken: boolean;
  /** Sets one field by its path, e.g. `stages.align.steps`. */
  setField(path: string, value: unknown): void;
  applyPreset(key: string): void;
  /** Takes a whole recipe from outside, already checked. */
  takeRecipe(recipe: Recipe): void;
}

export const recipeSlice: StateCreator<RecipeSlice> = (set) => ({
  draft: defaultRecipe,
  parsed: defaultRecipe,
  issues: [],
  preset: 'default',
  presetTaken: false,
  takeRecipe: (recipe) => set({ ...drafted(recipe), preset: presetOf(recipe)?.key, presetTaken: false }),
  setField: (path, value) =>
    set(({ draft }) => {
      const next = withField(draft, path, value) as Recipe;
      return { ...drafted(next), preset: undefined, presetTaken: false };
    }),
  applyPreset: (key) =>
    set(({ draft, preset }) => {
      const chosen = presets.find((candidate) => candidate.key === key);
      if (chosen === undefined) return { draft, preset };
      const recipe = recipeOf(chosen, draft.pair);
      return { draft: recipe, parsed: recipe, issues: [], preset: key };
    }),
});

/** The value at a path such as `loss.mainKl`; undefined where the recipe is without. */
export function fieldAt(recipe: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], recipe);
}

/** A draft and what parsing it tells. */
function drafted(draft: Recipe): Pick<RecipeSlice, 'draft' | 'parsed' | 'issues'> {
  const result = parseRecipe(draft);
  if (!result.ok) return { draft, parsed: undefined, issues: result.issues };
  const steps = Object.values(draft.stages).reduce((sum, stage) => sum + stage.steps, 0);
  return { draft, parsed: result.recipe, issues: steps === 0 ? [noSteps] : [] };
}

const noSteps: RecipeIssue = {
  path: 'stages.distil.steps',
  message: 'All three stages have 0 steps: give at least one stage a step.',
};
