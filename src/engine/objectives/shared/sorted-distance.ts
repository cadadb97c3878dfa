import * as tf from '@tensorflow/tfjs-core';

/**
 * Σᵢ |sort(q)ᵢ − sort(p)ᵢ| per row, both sorted downwards, the shorter one filled up with zeros. q [R, V_s], p [R, V_l] → [R].
 * Differentiable in q only: p is the teacher. The Wasserstein distance between the two sets of probabilities
 * (Boizard et al. 2024), whose gradient is the sign of each difference, carried back along the sorting permutation.
 */
export function sortedDistance(q: tf.Tensor2D, p: tf.Tensor2D): tf.Tensor1D {
  const [rows, width] = q.shape;
  const other = p.shape[1];
  const common = Math.max(width, other);
  // topk has no gradient of its own in tfjs.
  const sortedP = padColumns(tf.topk(p, other).values, common);
  const distance = tf.customGrad((input, save) => {
    const { values, indices } = tf.topk(input as tf.Tensor2D, width);
    const difference = tf.sub(padColumns(values, common), sortedP);
    const sign = tf.slice(tf.sign(difference), [0, 0], [rows, width]);
    (save as tf.GradSaveFunc)([sign, indices]);
    return {
      value: tf.sum(tf.abs(difference), -1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const sorted = tf.mul(saved[0]!, tf.reshape(dy, [rows, 1]));
        return unsort(sorted as tf.Tensor2D, saved[1] as tf.Tensor2D);
      },
    };
  });
  return distance(q) as tf.Tensor1D;
}

function padColumns(x: tf.Tensor2D, columns: number): tf.Tensor2D {
  const missing = columns - x.shape[1];
  return missing === 0
    ? x
    : tf.pad2d(x, [
        [0, 0],
        [0, missing],
      ]);
}

/** out[r, order[r, i]] = x[r, i]. Every place is written once, so no sum depends on an order. */
function unsort(x: tf.Tensor2D, order: tf.Tensor2D): tf.Tensor2D {
  const [rows, width] = x.shape;
  const start = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(width, 'int32'));
  const place = tf.add(order, tf.reshape(start, [rows, 1]));
  const flat = tf.scatterND(tf.reshape(tf.cast(place, 'int32'), [rows * width, 1]), tf.reshape(x, [-1]), [
    rows * width,
  ]);
  return tf.reshape(flat, [rows, width]);
}
