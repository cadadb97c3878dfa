import * as tf from '@tensorflow/tfjs-core';

/** Tokens [from, from+count) of every sequence. x [B·N, d] → [B·count, d]. */
export function sliceTokens(x: tf.Tensor2D, batch: number, from: number, count: number): tf.Tensor2D {
  const [rows, width] = x.shape;
  const length = rows / batch;
  const part = tf.slice(tf.reshape(x, [batch, length, width]), [0, from, 0], [batch, count, width]);
  return tf.reshape(part, [batch * count, width]);
}
