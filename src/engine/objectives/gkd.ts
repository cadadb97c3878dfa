import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { klRows, logMixture, logProbabilityRows } from './shared/distributions.ts';
import type { LogitInputs, LogitObjective } from './shared/objective.ts';
import { sameTokenRows } from './shared/one-to-one.ts';

/** β: 0 is KL(p ‖ q), 1 is KL(q ‖ p), ½ the Jensen–Shannon divergence. The values are TRL's. */
export const gkdSettings = { beta: 0.5, temperature: 0.9 };

/**
 * Generalised Jensen–Shannon divergence, Agarwal et al. 2023, eq. 1, in the parametrisation of TRL's GKDTrainer.
 * @see https://arxiv.org/abs/2306.13649
 * @see https://huggingface.co/docs/trl/gkd_trainer, which adds no cross-entropy
 */
export const gkd: LogitObjective = {
  reads: 'logits',
  vocabulary: 'sameTokens',
  loss: (inputs) => gkdLoss(inputs, gkdSettings),
};

export function gkdLoss(inputs: LogitInputs, { beta, temperature }: typeof gkdSettings): tf.Scalar {
  const { teacher, weights } = sameTokenRows(inputs);
  const logP = logProbabilityRows(teacher, temperature);
  const logQ = logProbabilityRows(inputs.student.logits, temperature);
  return weightedMean(divergence(logP, logQ, beta), weights);
}

/** Its limits for β → 0 and β → 1 are scaled up to the plain KL, as TRL does. */
function divergence(logP: tf.Tensor2D, logQ: tf.Tensor2D, beta: number): tf.Tensor1D {
  if (beta === 0) return klRows(logP, logQ);
  if (beta === 1) return klRows(logQ, logP);
  const logM = logMixture(beta, logP, logQ);
  return tf.add(tf.mul(klRows(logP, logM), beta), tf.mul(klRows(logQ, logM), 1 - beta));
}
