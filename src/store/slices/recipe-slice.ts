import type { StateCreator } from 'zustand';
import { withField } from '../../engine/recipe/arms.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { presets } from '../../engine/recipe/presets.ts';
import { defaultRecipe, parseRecipe, type RecipeIssue } from '../../engine/recipe/schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';

export interface RecipeSlice {
  /** What the form shows; may be invalid while a person types. */
  draft: Recipe;
  /** Why `draft` cannot run, one entry per field; empty = it can. */
  issues: RecipeIssue[];
  preset: string | undefined;
  /** Sets one field by its path, e.g. `stages.align.steps`. */
  setField(path: string, value: unknown): void;
  applyPreset(key: string): void;
  /** Takes a whole recipe from outside, already checked. */
  takeRecipe(recipe: Recipe): void;
  /** What of the page's address was not taken. */
  linkFailure: EngineFailure | undefined;
}

export const recipeSlice: StateCreator<RecipeSlice> = (set) => ({
  draft: defaultRecipe,
  issues: [],
  preset: 'default',
  linkFailure: undefined,
  takeRecipe: (recipe) => set({ draft: recipe, issues: issuesOf(recipe), preset: presetOf(recipe) }),
  setField: (path, value) =>
    set(({ draft }) => {
      const next = withField(draft, path, value) as Recipe;
      return { draft: next, issues: issuesOf(next), preset: undefined };
    }),
  applyPreset: (key) =>
    set(({ draft, preset }) => {
      const chosen = presets.find((candidate) => candidate.key === key);
      if (chosen === undefined) return { draft, preset };
      const result = parseRecipe(chosen.recipe);
      if (!result.ok) throw new Error(`preset ${key} is not a valid recipe`);
      return { draft: result.recipe, issues: [], preset: key };
    }),
});

/** The preset that a recipe is, if any. */
function presetOf(recipe: Recipe): string | undefined {
  const text = JSON.stringify(recipe);
  return presets.find((preset) => {
    const parsed = parseRecipe(preset.recipe);
    return parsed.ok && JSON.stringify(parsed.recipe) === text;
  })?.key;
}

/** The value at a path such as `loss.mainKl`. */
export function fieldAt(recipe: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], recipe);
}

function issuesOf(draft: Recipe): RecipeIssue[] {
  const result = parseRecipe(draft);
  const issues = result.ok ? [] : result.issues;
  const steps = Object.values(draft.stages).reduce((sum, stage) => sum + stage.steps, 0);
  if (result.ok && steps === 0)
    return [
      {
        path: 'stages.distil.steps',
        message: 'All three stages have 0 steps: give at least one stage a step.',
      },
    ];
  return issues;
}
