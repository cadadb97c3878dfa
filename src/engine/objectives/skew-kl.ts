import type * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { klRows, logMixture, logProbabilityRows } from './shared/distributions.ts';
import type { LogitInputs, LogitObjective } from './shared/objective.ts';
import { sameTokenRows } from './shared/one-to-one.ts';

export interface SkewKlSettings {
  /** How much of the first distribution is mixed into the second. */
  lambda: number;
  /** `forward`: KL(p ‖ λp+(1−λ)q). `reverse`: KL(q ‖ λq+(1−λ)p). */
  direction: 'forward' | 'reverse';
  temperature: number;
}

/** The values are DistiLLM's. */
export const skewKlSettings: SkewKlSettings = { lambda: 0.1, direction: 'forward', temperature: 1 };

/**
 * Skew KL divergence, Ko et al. 2024 (DistiLLM), eq. 4; the student never has to cover what the mixture covers.
 * @see https://arxiv.org/abs/2402.03898
 * @see https://github.com/jongwooko/distillm, which adds no cross-entropy
 */
export const skewKl: LogitObjective = {
  reads: 'logits',
  vocabulary: 'sameTokens',
  loss: (inputs) => skewKlLoss(inputs, skewKlSettings),
};

export function skewKlLoss(
  inputs: LogitInputs,
  { lambda, direction, temperature }: SkewKlSettings,
): tf.Scalar {
  const { teacher, weights } = sameTokenRows(inputs);
  const logP = logProbabilityRows(teacher, temperature);
  const logQ = logProbabilityRows(inputs.student.logits, temperature);
  const [first, second] = direction === 'forward' ? [logP, logQ] : [logQ, logP];
  const mixed = lambda === 0 ? second : logMixture(lambda, first, second);
  return weightedMean(klRows(first, mixed), weights);
}
