import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import {
  chunkMembers,
  labelLogProbabilities,
  sumPerChunk,
  sumRowsPerChunk,
  type ChunkMembers,
} from './shared/chunk-members.ts';
import { logMixture, logProbabilityRows } from './shared/distributions.ts';
import type { AnswerLogits, LogitInputs, LogitObjective } from './shared/objective.ts';
import { sortedDistance } from './shared/sorted-distance.ts';
import { requireTable } from './shared/vocabulary-tables.ts';

export interface GoldSettings {
  /** β of the divergence, as in `gkd`. */
  beta: number;
  temperature: number;
  /** Weight of the shared vocabulary; null is the share of the teacher's vocabulary that is shared. */
  sharedWeight: number | null;
  /** Whose distribution stands for a chunk of several tokens: the first token's (`observed`) or the last one's (`bayesian`). */
  merge: 'observed' | 'bayesian';
}

/** The values are those of TRL's GOLDTrainer. */
export const goldSettings: GoldSettings = {
  beta: 0.5,
  temperature: 1,
  sharedWeight: null,
  merge: 'observed',
};

/** The least teacher probability whose logarithm is taken; the value is TRL's. */
const leastProbability = 1e-8;

/**
 * General Online Logit Distillation (Patiño et al. 2025; TRL's GOLDTrainer in its hybrid form), end of sequence included: over chunks, a
 * divergence on the tokens that both vocabularies have and a sorted L1 distance on the rest.
 * @see https://huggingface.co/spaces/HuggingFaceH4/on-policy-distillation
 * @see https://huggingface.co/docs/trl/gold_trainer, which adds no cross-entropy
 */
export const gold: LogitObjective = {
  reads: 'logits',
  vocabulary: 'shared',
  loss: (inputs) => goldLoss(inputs, goldSettings),
};

export function goldLoss(inputs: LogitInputs, settings: GoldSettings): tf.Scalar {
  const { beta, sharedWeight } = settings;
  const shared = requireTable(inputs.vocabulary, 'shared');
  const chunks = chunkMembers(inputs);
  const logQ = mergedLogProbabilities(inputs.student, inputs.chunks.student, chunks.student, settings);
  const logP = mergedLogProbabilities(inputs.teacher, inputs.chunks.teacher, chunks.teacher, settings);
  const p = tf.exp(logP);
  // Teacher tokens that mean the same student token (“Dog”, “ dog”) bring their mass together.
  const elements = divergenceElements(tf.matMul(p, shared.matrix), logQ, beta);
  const onShared: tf.Tensor1D = tf.sum(tf.mul(elements, tf.sub(1, shared.studentRest)), -1);
  const weight = sharedWeight ?? shared.share;
  if (weight === 1) return weightedMean(onShared, chunks.weights);
  const onRest = sortedDistance(tf.mul(tf.exp(logQ), shared.studentRest), tf.mul(p, shared.teacherRest));
  return weightedMean(tf.add(tf.mul(onShared, weight), tf.mul(onRest, 1 - weight)), chunks.weights);
}

/**
 * One distribution per chunk: that of its first token times the probability of the labels after it (`observed`), or that of its last
 * token times the probability of the labels before it. → [B·C, V], logarithms; sums to less than 1 where a chunk has several tokens.
 */
function mergedLogProbabilities(
  { logits, labels }: AnswerLogits,
  numbers: tf.Tensor2D,
  { members }: ChunkMembers,
  { temperature, merge }: GoldSettings,
): tf.Tensor2D {
  const [batch, length] = labels.shape;
  const rows = logProbabilityRows(logits, temperature);
  // Tokens of a chunk stand together: its end is where the neighbour has another number.
  const none = tf.tensor2d(new Int32Array(batch).fill(-2), [batch, 1], 'int32');
  const neighbour =
    merge === 'observed'
      ? tf.concat([none, tf.slice(numbers, [0, 0], [batch, length - 1])], 1)
      : tf.concat([tf.slice(numbers, [0, 1], [batch, length - 1]), none], 1);
  const chosen: tf.Tensor3D = tf.mul(
    members,
    tf.expandDims(tf.cast(tf.notEqual(numbers, neighbour), 'float32'), 2),
  );
  const others: tf.Tensor3D = tf.sub(members, chosen);
  const scale = sumPerChunk(labelLogProbabilities(rows, labels), others);
  return tf.add(sumRowsPerChunk(rows, chosen), tf.reshape(scale, [-1, 1]));
}

/**
 * Terms of the β-divergence of `gkd`, for masses that need not sum to 1: the limits β = 0 and 1 carry the term q − p or p − q that
 * keeps them at least 0. p [R, V] as probabilities, logQ [R, V] → [R, V].
 */
function divergenceElements(p: tf.Tensor2D, logQ: tf.Tensor2D, beta: number): tf.Tensor2D {
  const logP = tf.log<tf.Tensor2D>(tf.maximum(p, leastProbability));
  const q = tf.exp(logQ);
  if (beta === 0) return tf.add(tf.mul(p, tf.sub(logP, logQ)), tf.sub(q, p));
  if (beta === 1) return tf.add(tf.mul(q, tf.sub(logQ, logP)), tf.sub(p, q));
  const logM = logMixture(beta, logP, logQ);
  return tf.add(tf.mul(tf.mul(p, tf.sub(logP, logM)), beta), tf.mul(tf.mul(q, tf.sub(logQ, logM)), 1 - beta));
}
