import * as tf from '@tensorflow/tfjs-core';

/**
 * f(x), seen as a constant by the gradient; without f, x itself. tfjs refuses a tape with operations that have no gradient, as
 * comparisons, even where none would flow: f may use them.
 */
export function stopGradient<T extends tf.Tensor, R extends tf.Tensor = T>(x: T, f?: (x: T) => R): R {
  const constant = tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: f === undefined ? (input as tf.Tensor).clone() : f(input as T),
      gradFunc: (_: tf.Tensor, [source]: tf.Tensor[]) => tf.zerosLike(source!),
    };
  });
  return constant(x) as R;
}
