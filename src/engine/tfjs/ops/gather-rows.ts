import * as tf from '@tensorflow/tfjs-core';

/**
 * Rows of a table: out[t] = table[index[t]]. table [R, d], index int32 [T] → [T, d].
 * The gradient is a one-hot product, not an atomic scatter: sums run in a fixed order, so runs repeat bit for bit.
 */
export function gatherRows(table: tf.Tensor2D, index: tf.Tensor1D): tf.Tensor2D {
  const rows = table.shape[0];
  const gather = tf.customGrad((source, save) => {
    (save as tf.GradSaveFunc)([index]);
    return {
      value: tf.gather(source as tf.Tensor2D, index),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const oneHot = tf.oneHot(saved[0] as tf.Tensor1D, rows, 1, 0, 'float32') as tf.Tensor2D;
        return tf.matMul(oneHot, dy, true, false);
      },
    };
  });
  return gather(table);
}
