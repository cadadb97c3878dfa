import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy against labels, mean over rows with weight 1. logits [M, V], labels int32 [M], weights [M] of 0 or 1 → scalar, nats.
 * A batch without any counted row gives 0.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return tf.neg(weightedMean(labelLogProbabilities(logits, labels), weights));
}

/** log p of every row's label. logits [M, V], labels [M] → [M], nats. */
export function labelLogProbabilities(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  return tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(labels, logits.shape[1])), -1);
}

/** KL(p ‖ q) from log-probabilities, mean over rows with weight 1. Both [M, V] → scalar, nats. Source: genrecal eq. for L_main. */
export function klDivergence(logP: tf.Tensor2D, logQ: tf.Tensor2D, weights: tf.Tensor1D): tf.Scalar {
  const perRow: tf.Tensor1D = tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), -1);
  return weightedMean(perRow, weights);
}

/** Σ w·x / max(Σ w, 1). */
export function weightedMean(values: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(tf.sum(weights), 1));
}
