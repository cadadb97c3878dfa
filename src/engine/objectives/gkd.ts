import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { klRows, logMixture, logProbabilityRows } from './distributions.ts';
import type { LogitObjective } from './objective.ts';
import { sameTokenRows } from './one-to-one.ts';

/** Generalised Jensen–Shannon divergence, Agarwal et al. 2023, eq. 1, in the parametrisation of TRL's GKDTrainer. */
export const gkd: LogitObjective = {
  key: 'gkd',
  label: 'GKD',
  tokenizers: 'same',
  vocabulary: 'sameTokens',
  references: ['https://arxiv.org/abs/2306.13649', 'https://huggingface.co/docs/trl/gkd_trainer'],
  weights: { distillation: 1, crossEntropy: 0 },
  loss(inputs, options) {
    const { beta, temperature } = options.gkd;
    const { teacher, weights } = sameTokenRows(inputs);
    const logP = logProbabilityRows(teacher, temperature);
    const logQ = logProbabilityRows(inputs.student.logits, temperature);
    return weightedMean(divergence(logP, logQ, beta), weights);
  },
};

/** Its limits for β → 0 and β → 1 are scaled up to the plain KL, as TRL does. */
function divergence(logP: tf.Tensor2D, logQ: tf.Tensor2D, beta: number): tf.Tensor1D {
  if (beta === 0) return klRows(logP, logQ);
  if (beta === 1) return klRows(logQ, logP);
  const logM = logMixture(beta, logP, logQ);
  return tf.add(tf.mul(klRows(logP, logM), beta), tf.mul(klRows(logQ, logM), 1 - beta));
}
