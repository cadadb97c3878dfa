import * as tf from '@tensorflow/tfjs-core';
import type { AnswerLogits, LogitInputs } from './objective.ts';

/** Which tokens of one model form which chunk. */
export interface ChunkMembers {
  /** [B, N, C]: 1 where token n counts and lies in chunk c. */
  members: tf.Tensor3D;
  /** [B, C]: counted tokens of each chunk. */
  sizes: tf.Tensor2D;
}

export interface Chunks {
  student: ChunkMembers;
  teacher: ChunkMembers;
  /** [B·C]: 1 where both sides have tokens and all of them count. */
  weights: tf.Tensor1D;
}

export function chunkMembers({ batch, student, teacher, chunks }: LogitInputs): Chunks {
  const side = ({ mask }: AnswerLogits, numbers: tf.Tensor2D) => {
    // A number of −1 gives a row of zeros.
    const all = tf.oneHot(numbers, chunks.count, 1, 0, 'float32') as tf.Tensor3D;
    const members: tf.Tensor3D = tf.mul(all, tf.expandDims(mask, 2));
    const sizes: tf.Tensor2D = tf.sum(members, 1);
    const whole = tf.logicalAnd(tf.greater(sizes, 0), tf.equal(sizes, tf.sum(all, 1)));
    return { members, sizes, whole: tf.cast(whole, 'float32') };
  };
  const [s, l] = [side(student, chunks.student), side(teacher, chunks.teacher)];
  return {
    student: s,
    teacher: l,
    weights: tf.reshape(tf.mul(s.whole, l.whole), [batch * chunks.count]),
  };
}

/** Σ of a value per token over each chunk. values [B, N], members [B, N, C] → [B, C]. */
export function sumPerChunk(values: tf.Tensor2D, members: tf.Tensor3D): tf.Tensor2D {
  return tf.sum(tf.mul(members, tf.expandDims(values, 2)), 1);
}

/** Σ of a row per token over each chunk, weighted by the members. rows [B·N, V], members [B, N, C] → [B·C, V]. */
export function sumRowsPerChunk(rows: tf.Tensor2D, members: tf.Tensor3D): tf.Tensor2D {
  const [batch, length, count] = members.shape;
  const width = rows.shape[1];
  const sums = tf.matMul(members, tf.reshape(rows, [batch, length, width]), true, false);
  return tf.reshape(sums, [batch * count, width]);
}

/** The log-probability of every label. rows [B·N, V], labels int32 [B, N] → [B, N]. */
export function labelLogProbabilities(rows: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor2D {
  const [batch, length] = labels.shape;
  const oneHot = tf.oneHot(tf.reshape(labels, [batch * length]), rows.shape[1], 1, 0, 'float32');
  return tf.reshape(tf.sum(tf.mul(rows, oneHot), -1), [batch, length]);
}
