import * as tf from '@tensorflow/tfjs-core';
import { chunkMembers } from './shared/chunk-members.ts';
import { logProbabilityRows } from './shared/distributions.ts';
import { weightedMean } from '../tfjs/ops/token-losses.ts';
import type { LogitInputs, LogitObjective } from './shared/objective.ts';
import { handOver, oneToOneMembers } from './shared/one-to-one.ts';
import { requireTable } from './shared/vocabulary-tables.ts';

/** The value is that of DSKD's code. */
export const minedSettings = { temperature: 2 };

/**
 * Minimum edit distance alignment (Wan et al. 2024, as a baseline of DSKD, Zhang et al. 2024). Where one student token aligns with
 * one teacher token the target is the teacher's distribution, each teacher token's mass moved to the student token that is spelled
 * most alike; every other student token's target is its label.
 * @see https://arxiv.org/abs/2401.10491
 * @see https://github.com/songmzhang/DSKD, which weighs it and the cross-entropy ½ each
 */
export const mined: LogitObjective = {
  reads: 'logits',
  vocabulary: 'nearest',
  loss: (inputs) => minedLoss(inputs, minedSettings),
};

export function minedLoss(inputs: LogitInputs, { temperature }: typeof minedSettings): tf.Scalar {
  const { batch, student, teacher } = inputs;
  const length = student.mask.shape[1];
  const rows = batch * length;
  const nearest = requireTable(inputs.vocabulary, 'nearest');
  const chunks = chunkMembers(inputs);
  const handing = oneToOneMembers(chunks);
  const p = tf.exp(logProbabilityRows(teacher.logits, temperature));
  const moved = tf.matMul(p, nearest);
  const remapped: tf.Tensor2D = tf.div(moved, tf.maximum(tf.sum(moved, -1, true), 1e-10));
  const aligned = handOver(remapped, chunks, handing);
  const unaligned = tf.sub(1, tf.reshape(tf.sum(handing, 2), [rows, 1]));
  const label = tf.oneHot(tf.reshape(student.labels, [rows]), nearest.shape[1], 1, 0, 'float32');
  const target = tf.add(aligned, tf.mul(unaligned, label));
  const logQ = logProbabilityRows(student.logits, temperature);
  // Where the target is 0 its logarithm must be finite, and is multiplied away.
  const logTarget = tf.log(tf.maximum(target, 1e-30));
  const perRow: tf.Tensor1D = tf.sum(tf.mul(target, tf.sub(logTarget, logQ)), -1);
  return weightedMean(perRow, tf.reshape(student.mask, [rows]));
}
