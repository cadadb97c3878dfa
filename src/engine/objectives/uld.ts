import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { logProbabilityRows } from './distributions.ts';
import type { LogitObjective } from './objective.ts';
import { pairPositions } from './paired-positions.ts';
import { sortedDistance } from './sorted-distance.ts';

/** Universal Logit Distillation, Boizard et al. 2024, eq. 6: position by position, up to the end of the shorter answer. */
export const uld: LogitObjective = {
  key: 'uld',
  label: 'ULD',
  tokenizers: 'any',
  references: ['https://arxiv.org/abs/2402.12030', 'https://github.com/Nicolas-BZRD/llm-recipes'],
  weights: { distillation: 1.5, crossEntropy: 1 },
  loss(inputs, options) {
    const { temperature } = options.uld;
    const pairs = pairPositions(inputs);
    const p = tf.exp(logProbabilityRows(pairs.teacher, temperature));
    const q = tf.exp(logProbabilityRows(pairs.student, temperature));
    return weightedMean(sortedDistance(q, p), pairs.weights);
  },
};
