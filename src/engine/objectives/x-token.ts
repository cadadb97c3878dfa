import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { chunkMembers, sumRowsPerChunk, type ChunkMembers } from './shared/chunk-members.ts';
import { klRows, logProbabilityRows } from './shared/distributions.ts';
import type { LogitInputs, LogitObjective } from './shared/objective.ts';
import { requireTable } from './shared/vocabulary-tables.ts';

/** The value is NeMo-RL's. */
export const xTokenSettings = { temperature: 1 };

/** The least projected probability whose logarithm is taken; the value is NeMo-RL's. */
const leastProbability = 1e-10;

/**
 * X-Token's P-KL, Turuvekere Sreenivas et al. 2026, as in NeMo-RL over the whole vocabulary: the student's probabilities are
 * projected into the teacher's vocabulary, both sides averaged over each chunk (the student's probabilities, the teacher's
 * logarithms) and brought back to sum 1.
 * @see https://arxiv.org/abs/2605.21699
 * @see https://github.com/NVIDIA-NeMo/RL, which weighs it 1 and the cross-entropy 0.1
 */
export const xToken: LogitObjective = {
  reads: 'logits',
  vocabulary: 'projection',
  loss: (inputs) => xTokenLoss(inputs, xTokenSettings),
};

export function xTokenLoss(inputs: LogitInputs, { temperature }: typeof xTokenSettings): tf.Scalar {
  const projection = requireTable(inputs.vocabulary, 'projection');
  const chunks = chunkMembers(inputs);
  const q = tf.exp(logProbabilityRows(inputs.student.logits, temperature));
  const projected = meanPerChunk(tf.matMul(q, projection), chunks.student);
  const total = tf.maximum(tf.sum(projected, -1, true), leastProbability);
  const logQ = tf.log<tf.Tensor2D>(tf.add(tf.div(projected, total), leastProbability));
  const logP = meanPerChunk(logProbabilityRows(inputs.teacher.logits, temperature), chunks.teacher);
  return weightedMean(klRows(tf.logSoftmax(logP), logQ), chunks.weights);
}

/** rows [B·N, V] → [B·C, V]; zeros for an empty chunk. */
function meanPerChunk(rows: tf.Tensor2D, { members, sizes }: ChunkMembers): tf.Tensor2D {
  return tf.div(sumRowsPerChunk(rows, members), tf.maximum(tf.reshape(sizes, [-1, 1]), 1));
}
