import type { Recipe } from '../recipe/recipe.ts';

/** The paper's three stages in their order (genrecal, “Losses”). */
export const stageKeys = ['align', 'distil', 'finetune'] as const;
export type StageKey = (typeof stageKeys)[number];

/** Number and name of a stage, for people. */
export const stageLabels: Record<StageKey, string> = {
  align: '1 · align',
  distil: '2 · distil',
  finetune: '3 · fine-tune',
};

export interface StageSpan {
  key: StageKey;
  /** First and last step of the stage, 1-based over the run; stages without steps are absent. */
  from: number;
  to: number;
}

/** The stages that a recipe asks for; also of a draft that is not valid yet. */
export function stageSpans({ stages }: Pick<Recipe, 'stages'>): StageSpan[] {
  const spans: StageSpan[] = [];
  let done = 0;
  for (const key of stageKeys) {
    const { steps } = stages[key];
    // While a person types, a number may be a text.
    if (typeof steps !== 'number' || !(steps > 0)) continue;
    spans.push({ key, from: done + 1, to: done + steps });
    done += steps;
  }
  return spans;
}

/** Linear from the stage's first rate at its first step to its final rate at its last (paper). */
export function learningRate(recipe: Recipe, span: StageSpan, step: number): number {
  const { learningRate: from, finalLearningRate: to } = recipe.stages[span.key];
  const length = span.to - span.from;
  return length === 0 ? from : from + ((to - from) * (step - span.from)) / length;
}
