import * as tf from '@tensorflow/tfjs-core';

/**
 * Rows of a table: out[t] = table[index[t]]. table [R, d], index int32 [T] → [T, d].
 * The gradient is a one-hot product, not an atomic scatter: sums run in a fixed order, so runs repeat bit for bit.
 */
export function gatherRows(table: tf.Tensor2D, index: tf.Tensor1D): tf.Tensor2D {
  const rows = table.shape[0];
  const op = tf.customGrad((table_, save) => {
    void save;
    return {
      value: tf.gather(table_ as tf.Tensor2D, index),
      gradFunc: (dy: tf.Tensor) =>
        tf.tidy(() =>
          tf.matMul(tf.oneHot(index, rows, 1, 0, 'float32') as tf.Tensor2D, dy as tf.Tensor2D, true, false),
        ),
    };
  });
  return op(table) as tf.Tensor2D;
}
