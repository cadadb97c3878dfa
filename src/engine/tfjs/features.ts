import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs } from './inputs.ts';
import { sliceTokens } from './slice-tokens.ts';
import type { Vlm } from './vlm.ts';

/** z = body([q ; a]) for a whole batch, [B·(Nq+Na), d]. */
export function sequenceFeatures(vlm: Vlm, inputs: ModelInputs): tf.Tensor2D {
  const image = inputs.patches && vlm.imageTokens(inputs.patches, inputs.batch);
  return vlm.body(vlm.embed(inputs.rows, image), inputs.context);
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
