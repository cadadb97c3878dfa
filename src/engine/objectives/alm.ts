import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { chunkMembers, labelLogProbabilities, sumPerChunk } from './shared/chunk-members.ts';
import { logProbabilityRows } from './shared/distributions.ts';
import type { AnswerLogits, LogitInputs, LogitObjective } from './shared/objective.ts';

/** τ: the power 1/τ flattens a chunk's probability; the value is tokenkit's. */
export const almSettings = { temperature: 100 };

/** Keeps a chunk's probability below 1, where the logarithm of the rest ends; the value is tokenkit's. */
const epsilon = 1e-6;

/**
 * Approximate Likelihood Matching, Minixhofer et al. 2025, with binary cross-entropy as the distance and the shortest chunks,
 * without their debiasing. The teacher's own entropy, which no gradient sees, is taken off, so that equality gives 0.
 * @see https://arxiv.org/abs/2503.20083
 * @see https://github.com/bminixhofer/tokenkit, which adds no cross-entropy
 */
export const alm: LogitObjective = { reads: 'logits', loss: (inputs) => almLoss(inputs, almSettings) };

export function almLoss(inputs: LogitInputs, { temperature }: typeof almSettings): tf.Scalar {
  const chunks = chunkMembers(inputs);
  // −log of the flattened chunk probability.
  const cost = ({ logits, labels }: AnswerLogits, members: tf.Tensor3D): tf.Tensor1D => {
    const labelled = labelLogProbabilities(logProbabilityRows(logits, 1), labels);
    const total: tf.Tensor1D = tf.reshape(sumPerChunk(labelled, members), [-1]);
    return tf.add(tf.div(tf.neg(total), temperature), epsilon);
  };
  const u = cost(inputs.student, chunks.student.members);
  const v = cost(inputs.teacher, chunks.teacher.members);
  const likely = tf.mul(tf.exp(tf.neg(v)), tf.sub(u, v));
  const restP = oneMinusExp(v);
  const unlikely = tf.mul(restP, tf.sub(tf.log(restP), tf.log(oneMinusExp(u))));
  return weightedMean(tf.add(likely, unlikely), chunks.weights);
}

/** 1 − e⁻ᵘ for u ≥ 0 without cancellation; GPUs compute expm1 as exp − 1. */
function oneMinusExp(u: tf.Tensor1D): tf.Tensor1D {
  const beyond = tf.relu(tf.sub(u, 0.5));
  const near = tf.sub(u, beyond);
  // u − u²/2 + u³/6 − …, below 1e-8 of relative error up to ½.
  let series: tf.Tensor = tf.onesLike(near);
  for (let k = 8; k >= 2; k--) series = tf.sub(1, tf.mul(tf.div(near, k), series));
  const first = tf.mul(near, series);
  return tf.add(first, tf.mul(tf.sub(1, first), tf.sub(1, tf.exp(tf.neg(beyond)))));
}
