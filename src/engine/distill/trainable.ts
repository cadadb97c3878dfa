import type { VlmConfig } from '../checkpoints/config.ts';
import { Vlm } from '../nn/vlm.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { StageKey } from './events.ts';

/** Weight names of the two trained parts. */
export interface TrainedParts {
  student: Iterable<string>;
  recalibrator: Iterable<string>;
}

/** Names each stage trains (genrecal, “Losses”): Recalibrator first, then the student without and with its encoder. */
export function trainedNames(
  stage: StageKey,
  recipe: Recipe,
  config: VlmConfig,
  parts: TrainedParts,
): string[] {
  const recalibrator = [...parts.recalibrator].filter(
    (name) => recipe.recalibrator.normBeforeProjection || name !== 'rec.norm.weight',
  );
  if (stage === 'align') return recalibrator;
  const used = [...parts.student].filter(
    // LLaVA reads the encoder before this norm: it takes no part in the forward pass.
    (name) => !(config.family === 'llava' && name.includes('.post_layernorm.')),
  );
  const encoder = stage === 'distil' && recipe.student.visionEncoder === 'trained';
  const student = [
    ...used.filter((name) => !Vlm.isVisionWeight(config, name)),
    ...(encoder ? used.filter((name) => Vlm.isVisionWeight(config, name)) : []),
  ];
  return stage === 'distil' && recipe.recalibrator.inDistil === 'trained'
    ? [...recalibrator, ...student]
    : student;
}
