import { usesLogits } from '../../recipe/objectives.ts';
import type { Arm } from '../../recipe/arms.ts';
import { mayChangeLive } from '../../recipe/live.ts';
import type { Recipe } from '../../recipe/recipe.ts';

/** Every student of a run: arm by arm, and seed by seed in each. */
export function studentsOf(arms: readonly Arm[], seeds: number): { arm: Arm; seed: number }[] {
  return arms.flatMap((arm) => Array.from({ length: seeds }, (_, seed) => ({ arm, seed })));
}

/** One student of a list. */
export interface Member {
  recipe: Recipe;
  /** Which of the run's seeds it has, counted from 0. */
  seed: number;
}

/** The recipe that decides everything that a student's seed decides: its Recalibrator, and what its objective trains beside it. */
export function seeded({ recipe, seed }: Member): Recipe {
  return { ...recipe, seed: recipe.seed + seed };
}

/**
 * Students that one list of dispatches can train: whose updates are the same kernels over other numbers. An objective that goes over the bridge
 * has a list for each of its students. In the order of the first of each list.
 */
export function lists<T extends { arm: Arm }>(students: readonly T[]): T[][] {
  const found = new Map<string, T[]>();
  students.forEach((student, i) => {
    const { recipe, change } = student.arm;
    const key = usesLogits(recipe.objective) ? String(i) : kernelsOf(recipe) + keptOnTheWay(change);
    found.set(key, [...(found.get(key) ?? []), student]);
  });
  return [...found.values()];
}

/** Live fields that kernels read as numbers of each student (`hyperNumbers`), and not as constants. */
const ofEach = /^(?:stages\.\w+\.\w+|optimiser\.(?:weightDecay|clipNorm))$/;

/** What an arm says of live fields that are constants of its kernels: it keeps that when the others follow another recipe. */
function keptOnTheWay(change: Arm['change']): string {
  return JSON.stringify(Object.entries(change).filter(([path]) => mayChangeLive(path) && !ofEach.test(path)));
}

/** Two recipes of a run with the same text record the same kernels: arms differ in nothing else. */
function kernelsOf({ objective, loss, recalibrator, student, data, optimiser }: Recipe): string {
  const { beta1, beta2, epsilon } = optimiser;
  return JSON.stringify([
    ...(objective === 'genrecal'
      ? // The teacher's features are kept by what is answered.
        [objective, loss, recalibrator, student, data.unlabelled]
      : // Plain cross-entropy on whatever answers.
        [loss.sft, student]),
    [beta1, beta2, epsilon],
  ]);
}
