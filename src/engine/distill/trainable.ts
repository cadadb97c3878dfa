import * as tf from '@tensorflow/tfjs-core';
import type { VlmConfig } from '../checkpoints/config.ts';
import { Vlm } from '../nn/vlm.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { StageKey } from './events.ts';

/** Weights of the two trained parts, by name; variables the trainer owns. */
export interface TrainedParts {
  student: ReadonlyMap<string, tf.Variable>;
  recalibrator: ReadonlyMap<string, tf.Variable>;
}

/**
 * Names each stage trains (genrecal, “Losses”).
 */
export function trainedNames(
  stage: StageKey,
  recipe: Recipe,
  config: VlmConfig,
  parts: TrainedParts,
): string[] {
  const recalibrator = [...parts.recalibrator.keys()].filter(
    (name) => recipe.recalibrator.normBeforeProjection || name !== 'rec.norm.weight',
  );
  if (stage === 'align') return recalibrator;
  const vision = stage === 'distil' && recipe.student.visionEncoder === 'trained';
  const student = [...parts.student.keys()].filter(
    (name) =>
      (vision || !Vlm.isVisionWeight(config, name)) &&
      // LLaVA reads the encoder before this norm: it takes no part in the forward pass.
      !(config.family === 'llava' && name.includes('.post_layernorm.')),
  );
  return stage === 'distil' && recipe.recalibrator.inDistil === 'trained'
    ? [...recalibrator, ...student]
    : student;
}
