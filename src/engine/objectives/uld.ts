import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { logProbabilityRows } from './shared/distributions.ts';
import type { LogitInputs, LogitObjective } from './shared/objective.ts';
import { pairPositions } from './shared/paired-positions.ts';
import { sortedDistance } from './shared/sorted-distance.ts';

/** The value is Boizard et al.'s. */
export const uldSettings = { temperature: 1 };

/**
 * Universal Logit Distillation, Boizard et al. 2024, eq. 6: position by position, up to the end of the shorter answer.
 * @see https://arxiv.org/abs/2402.12030
 * @see https://github.com/Nicolas-BZRD/llm-recipes, which weighs it 1.5 and the cross-entropy 1
 */
export const uld: LogitObjective = { reads: 'logits', loss: (inputs) => uldLoss(inputs, uldSettings) };

export function uldLoss(inputs: LogitInputs, { temperature }: typeof uldSettings): tf.Scalar {
  const pairs = pairPositions(inputs);
  const p = tf.exp(logProbabilityRows(pairs.teacher, temperature));
  const q = tf.exp(logProbabilityRows(pairs.student, temperature));
  return weightedMean(sortedDistance(q, p), pairs.weights);
}
