import { armsOf, mainArm } from './arms.ts';
import { inPlainWords } from './text/plain-words.ts';
import { recipeFields, usualLora, type Recipe } from './recipe.ts';
import { whatIsTrained } from './same-run.ts';

export const recipeSchema = recipeFields.superRefine((recipe, context) => {
  // What is wrong with the recipe itself has been said already.
  if (!recipeFields.safeParse(recipe).success) return;
  const keys = [mainArm, ...recipe.arms.map(({ key }) => key)];
  const labels = armsOf(recipe).map(({ label }) => label);
  const trained: string[] = [];
  armsOf(recipe).forEach(({ key, label, recipe: own }, i) => {
    const report = (message: string) =>
      context.addIssue({ code: 'custom', path: ['arms', i - 1], message: `Arm “${key}”: ${message}` });
    if (keys.indexOf(key) !== i) report('another arm has the same key.');
    if (labels.indexOf(label) !== i) report(`another arm is called “${label}” too.`);
    const twin = trained.indexOf(whatIsTrained(own));
    trained.push(whatIsTrained(own));
    if (i === 0) return;
    if (twin >= 0)
      report(
        `“${label}” would train exactly what “${armsOf(recipe)[twin]!.label}” trains: take one of them away, or change the labelled examples.`,
      );
    for (const issue of recipeFields.safeParse(own).error?.issues ?? [])
      report(`${issue.path.join('.')}: ${inPlainWords(issue)}`);
  });
});

export type RecipeIssue = { path: string; message: string };

/** Parses unknown input; returns the recipe, or one issue per bad field in plain words. */
export function parseRecipe(
  input: unknown,
): { ok: true; recipe: Recipe } | { ok: false; issues: RecipeIssue[] } {
  const result = recipeSchema.safeParse(input);
  if (result.success) return { ok: true, recipe: result.data };
  return {
    ok: false,
    issues: result.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      message: inPlainWords(issue),
    })),
  };
}

export const defaultRecipe: Recipe = recipeSchema.parse({});

/** The default of every field, also of those that a recipe may be without. */
export const fieldDefaults: Recipe = {
  ...defaultRecipe,
  student: { ...defaultRecipe.student, lora: usualLora },
};
