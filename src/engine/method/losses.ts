import { usesLogits } from '../recipe/objectives.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { StageKey } from './stages.ts';

/** Loss terms by their place in the paper, in its order; means over real answer tokens, nats. */
export const lossKeys = ['mainCe', 'mainKl', 'regCe', 'regKl', 'regMse', 'distillation', 'sft'] as const;
export type LossKey = (typeof lossKeys)[number];

/** Every term by its name in the paper, with what it compares. */
export const lossNames: Record<LossKey, { title: string; formula: string }> = {
  mainCe: { title: 'L_main·CE', formula: 'CE(H_l(r_al), gt_l)' },
  mainKl: { title: 'L_main·KL', formula: 'KL(H_l(z_al) ‖ H_l(r_al))' },
  regCe: { title: 'L_reg·CE', formula: 'CE with pre(z_ql) in the place of z_qs' },
  regKl: { title: 'L_reg·KL', formula: 'KL with pre(z_ql) in the place of z_qs' },
  regMse: { title: 'L_reg·MSE', formula: '‖r_al − z_al‖² with pre(z_ql) in the place of z_qs' },
  distillation: { title: 'L_distil', formula: 'the objective’s distance of H_s(z_as) from H_l(z_al)' },
  sft: { title: 'L_sft', formula: 'CE(H_s(z_as), gt_s)' },
};

/** Numbers of one update: `total` is the weighted sum that is differentiated; a term that the stage does not have is absent. */
export type LossTerms = { total: number } & Partial<Record<LossKey, number>>;

/** Weight of every term in a stage's total; absent terms are not part of the stage (genrecal, “Losses”). */
export function lossWeights(stage: StageKey, { loss, objective }: Recipe): Partial<Record<LossKey, number>> {
  if (stage === 'finetune') return { sft: 1 };
  // Stage 1 prepares the Recalibrator: other objectives have nothing to do in it.
  if (objective !== 'genrecal')
    return stage === 'align'
      ? {}
      : { sft: loss.sft, ...(usesLogits(objective) && { distillation: loss.distillation }) };
  const regularised = stage === 'align' || loss.regulariserInDistil;
  const weights = { regCe: loss.mainCe, regKl: loss.mainKl, regMse: 1 };
  return {
    mainCe: loss.mainCe,
    mainKl: loss.mainKl,
    ...(regularised &&
      Object.fromEntries(
        regulariserTerms[loss.regulariser].map((term) => [term, loss.regulariserWeight * weights[term]]),
      )),
    ...(stage === 'distil' && { sft: loss.sft }),
  };
}

/** Terms of L_reg by its form. */
export const regulariserTerms: Record<
  Recipe['loss']['regulariser'],
  readonly ('regCe' | 'regKl' | 'regMse')[]
> = {
  'ce+kl': ['regCe', 'regKl'],
  ce: ['regCe'],
  kl: ['regKl'],
  'feature-mse': ['regMse'],
  none: [],
};

/** The terms of a stage's loss, in the paper's order. */
export function lossTerms(stage: StageKey, recipe: Recipe): LossKey[] {
  const weights = lossWeights(stage, recipe);
  return lossKeys.filter((key) => weights[key] !== undefined);
}
