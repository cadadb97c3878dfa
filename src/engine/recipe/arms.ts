import { objectives } from './objectives.ts';
import type { Recipe } from './recipe.ts';

/** One of the students that an experiment trains side by side. */
export interface Arm {
  key: string;
  label: string;
  recipe: Recipe;
}

/** The recipe's own arm. */
export const mainArm = 'main';

/** The recipe's own arm first, then one per entry of `arms`. */
export function armsOf(recipe: Recipe): Arm[] {
  const own = { ...recipe, arms: [] };
  return [
    { key: mainArm, label: objectives[recipe.objective].label, recipe: own },
    ...recipe.arms.map(({ key, label, change }) => ({
      key,
      label,
      recipe: Object.entries(change).reduce<Recipe>(
        (changed, [path, value]) => withField(changed, path, value) as Recipe,
        own,
      ),
    })),
  ];
}

/** A copy of nested records with the value at a path such as `loss.mainKl` replaced. */
export function withField(value: unknown, path: string, replacement: unknown): unknown {
  const [key, ...rest] = path.split('.');
  const record = value as Record<string, unknown>;
  return {
    ...record,
    [key!]: rest.length === 0 ? replacement : withField(record[key!] ?? {}, rest.join('.'), replacement),
  };
}

/** The label of the first arm's objective that cannot work between two tokenizers; undefined where all can. */
export function objectiveForOneTokenizer(recipe: Recipe): string | undefined {
  const arm = armsOf(recipe).find(({ recipe: own }) => objectives[own.objective].oneTokenizer);
  return arm && objectives[arm.recipe.objective].label;
}
