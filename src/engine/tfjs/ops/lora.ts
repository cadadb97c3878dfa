import * as tf from '@tensorflow/tfjs-core';

/** LoRA's matrices beside a linear layer: A [rank, in], B [out, rank]. */
export interface Adapter {
  a: tf.Tensor;
  b: tf.Tensor;
  scale: number;
}

/** y + scale·(x·Aᵀ)·Bᵀ. x [M, in], y [M, out]. */
export function adapted(x: tf.Tensor2D, y: tf.Tensor2D, { a, b, scale }: Adapter): tf.Tensor2D {
  const inner: tf.Tensor2D = tf.matMul(x, a, false, true);
  return tf.add(y, tf.mul(scale, tf.matMul<tf.Tensor2D>(inner, b, false, true)));
}
