import * as tf from '@tensorflow/tfjs-core';

/** y = x·Wᵀ + b. x [M, in], W [out, in] (the layout of PyTorch's `nn.Linear`), b [out] → [M, out]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor2D {
  const product: tf.Tensor2D = tf.matMul(x, weight, false, true);
  return bias === undefined ? product : tf.add(product, bias);
}
