import { objectives } from './objectives.ts';
import { usualLora, type Recipe } from './recipe.ts';

/** One of the students that an experiment trains side by side. */
export interface Arm {
  key: string;
  label: string;
  recipe: Recipe;
  /** Fields in which it differs from the run's recipe, by path. */
  change: Recipe['arms'][number]['change'];
}

/** The recipe's own arm. */
export const mainArm = 'main';

/** The recipe's own arm first, then one per entry of `arms`. */
export function armsOf(recipe: Recipe): Arm[] {
  const own = { ...recipe, arms: [] };
  return [
    { key: mainArm, label: objectives[recipe.objective].label, recipe: own, change: {} },
    ...recipe.arms.map(({ key, label, change }, i) => ({
      key,
      label: recipe.blind === true ? `Comparison ${i + 1}` : label,
      change,
      recipe: Object.entries(change).reduce<Recipe>(
        (changed, [path, value]) => withField(changed, path, value) as Recipe,
        Object.keys(change).some((path) => path.startsWith('student.lora.')) ? withLora(own) : own,
      ),
    })),
  ];
}

/** Students, or what was told of them, under the names that the recipe gives them now. */
export function named<T extends { key: string; label: string }>(students: readonly T[], recipe: Recipe): T[] {
  const labels = new Map(armsOf(recipe).map(({ key, label }) => [key, label]));
  return students.map((one) => ({ ...one, label: labels.get(one.key) ?? one.label }));
}

/** The recipe with LoRA: its own, or the usual one. */
export function withLora(recipe: Recipe): Recipe {
  return { ...recipe, student: { ...recipe.student, lora: recipe.student.lora ?? usualLora } };
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

/** The same recipe, with what a class guesses said or left out. */
export function withBlind(recipe: Recipe, blind: boolean): Recipe {
  const open = { ...recipe };
  delete open.blind;
  return blind ? { ...open, blind } : open;
}
