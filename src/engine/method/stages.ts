import type { Recipe } from '../recipe/recipe.ts';
import { stageKeys, type StageKey } from '../run/events.ts';

export interface StageSpan {
  key: StageKey;
  /** First and last step of the stage, 1-based over the run; stages without steps are absent. */
  from: number;
  to: number;
}

export function stageSpans(recipe: Recipe): StageSpan[] {
  const spans: StageSpan[] = [];
  let next = 1;
  for (const key of stageKeys) {
    const { steps } = recipe.stages[key];
    if (steps > 0) spans.push({ key, from: next, to: next + steps - 1 });
    next += steps;
  }
  return spans;
}

/** Linear from the stage's first rate at its first step to its final rate at its last (paper). */
export function learningRate(recipe: Recipe, span: StageSpan, step: number): number {
  const { learningRate: from, finalLearningRate: to } = recipe.stages[span.key];
  const length = span.to - span.from;
  return length === 0 ? from : from + ((to - from) * (step - span.from)) / length;
}
