import type { Recipe } from '../recipe/recipe.ts';
import { loraNumbers } from './lora-layers.ts';
import { ownWeightShapes } from './own-weights.ts';
import { isInRecalibrator, recalibratorShapes, type BlockShape } from './recalibrator-shapes.ts';
import type { StageKey } from './stages.ts';

/** What a stage may train: the Recalibrator, the student without its vision encoder or LoRA's adapters beside it, and that encoder. */
export type TrainedPart = 'recalibrator' | 'student' | 'adapters' | 'encoder';

/** What each stage trains (genrecal, “Losses”): Recalibrator first, then the student without and with its encoder. */
export function trainedParts(stage: StageKey, recipe: Recipe): TrainedPart[] {
  const { objective, recalibrator, student } = recipe;
  const distils = stage === 'distil';
  const parts: TrainedPart[] = [];
  // Other objectives have no Recalibrator.
  if (objective === 'genrecal' && (stage === 'align' || (distils && recalibrator.inDistil === 'trained')))
    parts.push('recalibrator');
  if (stage !== 'align') parts.push(student.lora === undefined ? 'student' : 'adapters');
  if (distils && student.visionEncoder === 'trained') parts.push('encoder');
  return parts;
}

/** The names that each stage trains of the weights that each part has and a pass reads, in the order of `trainedParts`. */
export function trainedNames(
  stage: StageKey,
  recipe: Recipe,
  weights: Record<TrainedPart, readonly string[]>,
): string[] {
  return trainedParts(stage, recipe).flatMap((part) =>
    part === 'recalibrator' ? weights[part].filter((name) => isInRecalibrator(recipe, name)) : weights[part],
  );
}

/**
 * How many numbers a stage of a recipe trains.
 * @param own how many the student's weights have that a pass reads: without its vision encoder, and of that encoder
 */
export function trainableParameters(
  stage: StageKey,
  recipe: Recipe,
  own: Record<'student' | 'encoder', number>,
  { student, teacher }: Record<'student' | 'teacher', { config: { text: BlockShape & { layers: number } } }>,
): number {
  const recalibrator = recalibratorShapes(student.config, teacher.config, recipe.recalibrator.depth).filter(
    ({ name }) => isInRecalibrator(recipe, name),
  );
  const beside = stage === 'distil' ? ownWeightShapes(recipe.objective, student.config, teacher.config) : [];
  const { lora } = recipe.student;
  const adapters = lora === undefined ? 0 : loraNumbers(student.config.text, lora);
  const numbers = { ...own, adapters, recalibrator: numbersIn(recalibrator) };
  return trainedParts(stage, recipe).reduce((sum, part) => sum + numbers[part], numbersIn(beside));
}

/** How many numbers weights of these shapes have. */
export function numbersIn(weights: readonly { shape: readonly number[] }[]): number {
  return weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
