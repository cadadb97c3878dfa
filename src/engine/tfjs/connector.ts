import * as tf from '@tensorflow/tfjs-core';
import type { VlmConfig } from '../models/config.ts';
import { geluErf } from './ops/activations.ts';
import { linear } from './ops/linear.ts';
import type { WeightScope } from './weights.ts';

/** LLaVA's projector: Linear → GELU → Linear. features [B·P, d_v] → [B·P, d]. */
export function mlpConnector(weights: WeightScope, features: tf.Tensor2D): tf.Tensor2D {
  const first = linear(features, weights.get('linear_1.weight'), weights.maybe('linear_1.bias'));
  return linear(geluErf(first), weights.get('linear_2.weight'), weights.maybe('linear_2.bias'));
}

/** Idefics3's connector: pixel shuffle by `scaleFactor`, then a linear layer without bias. [B·P, d_v] → [B·P/s², d]. */
export function pixelShuffleConnector(
  weights: WeightScope,
  config: VlmConfig,
  features: tf.Tensor2D,
  batch: number,
): tf.Tensor2D {
  const shuffled = pixelShuffle(features, batch, config.scaleFactor);
  return linear(shuffled, weights.get('modality_projection.proj.weight'));
}

/** Folds each s×s block of patches into one wider token, in the channel order of `Idefics3Connector.pixel_shuffle`. */
export function pixelShuffle(features: tf.Tensor2D, batch: number, scale: number): tf.Tensor2D {
  const [rows, width] = features.shape;
  const side = Math.sqrt(rows / batch);
  const across = side / scale;
  // [B, Y, sy, X, sx, d] → [B, Y, X, sy, sx, d] in two rank-4 steps: columns fold first, then rows.
  const columns = tf.reshape(features, [batch * across, scale, across, scale * width]);
  const grouped = tf.transpose(columns, [0, 2, 1, 3]);
  return tf.reshape(grouped, [batch * across * across, scale * scale * width]);
}
