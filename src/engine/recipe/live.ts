import { isRate } from './arm-keys.ts';
import type { Recipe } from './recipe.ts';

/** Fields that a run takes over between two steps: they change neither shapes nor what is trained on. That a class guesses changes nothing. */
const live =
  /^(?:loss\.(?:mainCe|mainKl|sft|distillation|regulariserWeight|temperature)|optimiser\.\w+|blind)$/;

export function mayChangeLive(path: string): boolean {
  return isRate(path) || live.test(path);
}

/** Paths of the fields in which two recipes differ. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  const records = [a, b].every(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  if (!records) return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) =>
    differences(left[key], right[key], path === '' ? key : `${path}.${key}`),
  );
}

/** Fields of `next` that a run of `recipe` cannot take over. */
export function needRestart(recipe: Recipe, next: Recipe): string[] {
  const armsFollow = liveInArms(recipe.arms, next.arms);
  return differences(recipe, next).filter((path) => !mayChangeLive(path) && !(path === 'arms' && armsFollow));
}

/** Whether arms are the same but for values of live fields that each of them has of its own. */
function liveInArms(arms: Recipe['arms'], next: Recipe['arms']): boolean {
  const fields = ({ key, label, change }: Recipe['arms'][number]) => [key, label, Object.keys(change).sort()];
  return (
    differences(arms.map(fields), next.map(fields)).length === 0 &&
    arms.every(({ change }, i) => differences(change, next[i]!.change).every(mayChangeLive))
  );
}

/** The same recipe with half the learning rate in every stage, also where an arm has one of its own: a live change. */
export function withHalfTheRate(recipe: Recipe): Recipe {
  const halved = <T extends { learningRate: number; finalLearningRate: number }>(stage: T): T => ({
    ...stage,
    learningRate: stage.learningRate / 2,
    finalLearningRate: stage.finalLearningRate / 2,
  });
  const { align, distil, finetune } = recipe.stages;
  return {
    ...recipe,
    arms: recipe.arms.map((arm) => ({
      ...arm,
      change: Object.fromEntries(
        Object.entries(arm.change).map(([path, value]) => [path, isRate(path) ? Number(value) / 2 : value]),
      ),
    })),
    stages: { align: halved(align), distil: halved(distil), finetune: halved(finetune) },
  };
}
