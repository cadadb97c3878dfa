import * as tf from '@tensorflow/tfjs-core';

export interface AttentionShape {
  batch: number;
  queries: number;
  keys: number;
  heads: number;
  /** Key/value heads; each serves heads/kvHeads consecutive query heads (GQA). */
  kvHeads: number;
  headDim: number;
}

/** Finite stand-in for −∞: a row with no visible key becomes uniform instead of NaN. */
export const maskedScore = -1e9;

/**
 * softmax(q·kᵀ/√headDim + bias)·v.
 * q [B·Nq, heads·headDim], k and v [B·Nk, kvHeads·headDim], bias [B, 1, Nq, Nk] with 0 or `maskedScore` → [B·Nq, heads·headDim].
 */
export function attention(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  shape: AttentionShape,
  bias?: tf.Tensor4D,
): tf.Tensor2D {
  const { batch, queries, keys, heads, kvHeads, headDim } = shape;
  const group = heads / kvHeads;
  const split = (x: tf.Tensor2D, n: number, h: number) =>
    tf.transpose(tf.reshape(x, [batch, n, h, headDim]), [0, 2, 1, 3]);
  // Query heads of one group share a key head: fold them into rows instead of repeating keys.
  const qh = tf.reshape(split(q, queries, heads), [batch * kvHeads, group * queries, headDim]);
  const kh = tf.reshape(split(k, keys, kvHeads), [batch * kvHeads, keys, headDim]);
  const vh = tf.reshape(split(v, keys, kvHeads), [batch * kvHeads, keys, headDim]);
  const scores = tf.mul(tf.matMul(qh, kh, false, true), 1 / Math.sqrt(headDim));
  const grid = tf.reshape(scores, [batch, heads, queries, keys]);
  const weights = tf.softmax(bias === undefined ? grid : tf.add(grid, bias));
  const mixed = tf.matMul(tf.reshape(weights, [batch * kvHeads, group * queries, keys]), vh);
  const joined = tf.transpose(tf.reshape(mixed, [batch, heads, queries, headDim]), [0, 2, 1, 3]);
  return tf.reshape(joined, [batch * queries, heads * headDim]);
}

/** Causal bias over padded rows: query i sees key j iff j ≤ i and mask[b, j] = 1. mask [B, N] → [B, 1, N, N]. */
export function causalBias(mask: ArrayLike<number>, batch: number, length: number): tf.Tensor4D {
  const bias = new Float32Array(batch * length * length).fill(maskedScore);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < length; i++)
      for (let j = 0; j <= i; j++) if (mask[b * length + j] === 1) bias[(b * length + i) * length + j] = 0;
  return tf.tensor4d(bias, [batch, 1, length, length]);
}
