import { usesLogits } from '../recipe/objectives.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LossTerms, StageKey } from '../run/events.ts';

/** Weight of every term in a stage's total; absent terms are not part of the stage (genrecal, “Losses”). */
export function lossWeights(
  stage: StageKey,
  { loss, objective }: Recipe,
): Partial<Record<keyof LossTerms, number>> {
  if (stage === 'finetune') return { sft: 1 };
  // Stage 1 prepares the Recalibrator: other objectives have nothing to do in it.
  if (objective !== 'genrecal')
    return stage === 'align'
      ? {}
      : { sft: loss.sft, ...(usesLogits(objective) && { distillation: loss.distillation }) };
  const form = loss.regulariser;
  const regularised = form !== 'none' && (stage === 'align' || loss.regulariserInDistil);
  return {
    mainCe: loss.mainCe,
    mainKl: loss.mainKl,
    ...(regularised &&
      (form === 'ce' || form === 'ce+kl') && { regCe: loss.regulariserWeight * loss.mainCe }),
    ...(regularised &&
      (form === 'kl' || form === 'ce+kl') && { regKl: loss.regulariserWeight * loss.mainKl }),
    ...(regularised && form === 'feature-mse' && { regMse: loss.regulariserWeight }),
    ...(stage === 'distil' && { sft: loss.sft }),
  };
}
