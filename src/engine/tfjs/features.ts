import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs } from './inputs.ts';
import type { Vlm } from './vlm.ts';

/** z = body([q ; a]) for a whole batch, [B·(Nq+Na), d]. */
export function sequenceFeatures(vlm: Vlm, inputs: ModelInputs): tf.Tensor2D {
  const image = vlm.imageTokens(inputs.patches, inputs.batch);
  return vlm.body(vlm.embed(inputs.rows, image), inputs.context);
}

/** Tokens [from, from+count) of every sequence. x [B·N, d] → [B·count, d]. */
export function sliceTokens(x: tf.Tensor2D, batch: number, from: number, count: number): tf.Tensor2D {
  const [rows, width] = x.shape;
  const length = rows / batch;
  const part = tf.slice(tf.reshape(x, [batch, length, width]), [0, from, 0], [batch, count, width]);
  return tf.reshape(part, [batch * count, width]);
}

/**
 * The features that predict the answer's tokens: from the last question position to the last but one answer position.
 * z [B·(Nq+Na), d] → [B·Na, d]; row j predicts answer token j.
 */
export function answerPredictors(
  z: tf.Tensor2D,
  shape: { batch: number; questionLength: number; answerLength: number },
): tf.Tensor2D {
  return sliceTokens(z, shape.batch, shape.questionLength - 1, shape.answerLength);
}

/** Joins two token sequences per example: [B·N1, d] and [B·N2, d] → [B·(N1+N2), d]. */
export function joinTokens(first: tf.Tensor2D, second: tf.Tensor2D, batch: number): tf.Tensor2D {
  const width = first.shape[1];
  const a = tf.reshape(first, [batch, first.shape[0] / batch, width]);
  const b = tf.reshape(second, [batch, second.shape[0] / batch, width]);
  const joined = tf.concat([a, b], 1);
  return tf.reshape(joined, [first.shape[0] + second.shape[0], width]);
}
