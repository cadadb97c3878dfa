import * as tf from '@tensorflow/tfjs-core';

/** log softmax(logits / temperature), as rows. [B, N, V] → [B·N, V]. */
export function logProbabilityRows(logits: tf.Tensor3D, temperature: number): tf.Tensor2D {
  const [batch, length, vocabulary] = logits.shape;
  const rows = tf.reshape(logits, [batch * length, vocabulary]);
  return tf.logSoftmax<tf.Tensor2D>(tf.div(rows, temperature));
}

/** log(α·eᵃ + (1−α)·eᵇ) for 0 < α < 1, without leaving log space. */
export function logMixture<T extends tf.Tensor>(alpha: number, a: T, b: T): T {
  // a + log α + log(1 + e^(b − a + log(1−α) − log α))
  const excess = tf.add(tf.sub(b, a), Math.log1p(-alpha) - Math.log(alpha));
  return tf.add(tf.add(a, Math.log(alpha)), tf.softplus(excess));
}

/** Σ eᵃ·(a − b) over the last axis: KL(a ‖ b) of log-probabilities. [R, V] → [R]. */
export function klRows(logA: tf.Tensor2D, logB: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.mul(tf.exp(logA), tf.sub(logA, logB)), -1);
}
