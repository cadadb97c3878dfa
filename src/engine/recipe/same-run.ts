import { armsOf } from './arms.ts';
import { usesLogits } from './objectives.ts';
import type { Recipe } from './recipe.ts';

/** Two recipes with the same text train the same. */
export function whatIsTrained(recipe: Recipe): string {
  const { labelled, examples } = recipe.data;
  // With every label given, what would become of the others does not matter.
  const allLabelled = labelled === 0 || labelled >= examples;
  return JSON.stringify(
    allLabelled
      ? { ...recipe, data: { ...recipe.data, labelled: 0, unlabelled: 'ignored', unlabelledStyles: [] } }
      : recipe,
  );
}

/** Two recipes with the same text make the same run: they differ, if at all, in fields that none of their arms reads. */
export function whatIsRun(recipe: Recipe): string {
  return JSON.stringify(
    armsOf(recipe).map(({ recipe: own }) => whatIsTrained({ ...own, loss: lossThatCounts(own) })),
  );
}

function lossThatCounts({ loss, objective }: Recipe): Recipe['loss'] {
  return {
    ...loss,
    ...(loss.regulariser === 'none' && { regulariserWeight: 0, regulariserInDistil: false }),
    ...(!usesLogits(objective) && { distillation: 0 }),
  };
}
