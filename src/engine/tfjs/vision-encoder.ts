import * as tf from '@tensorflow/tfjs-core';
import type { VisionConfig } from '../models/config.ts';
import { geluTanh } from './ops/activations.ts';
import { attention } from './ops/attention.ts';
import { linear } from './ops/linear.ts';
import { layerNorm } from './ops/norms.ts';
import type { WeightScope } from './weights.ts';

/**
 * SigLIP vision transformer (`SiglipVisionModel`, `Idefics3VisionTransformer`).
 * patches [B·P, 3·p·p] in the order of `toPatches` → features [B·P, d].
 */
export function visionEncoder(
  weights: WeightScope,
  config: VisionConfig,
  patches: tf.Tensor2D,
  batch: number,
): tf.Tensor2D {
  const perPicture = patches.shape[0] / batch;
  const embeddings = weights.at('embeddings');
  const kernel = tf.reshape(embeddings.get('patch_embedding.weight'), [config.hiddenSize, patches.shape[1]]);
  const flat = linear(patches, kernel, embeddings.get('patch_embedding.bias'));
  const placed = tf.add(
    tf.reshape(flat, [batch, perPicture, config.hiddenSize]),
    tf.expandDims(embeddings.get('position_embedding.weight'), 0),
  );
  let hidden: tf.Tensor2D = tf.reshape(placed, [batch * perPicture, config.hiddenSize]);
  for (let i = 0; i < config.layers; i++)
    hidden = visionLayer(weights.at(`encoder.layers.${i}`), config, hidden, batch, perPicture);
  if (!config.postNorm) return hidden;
  const norm = weights.at('post_layernorm');
  return layerNorm(hidden, norm.get('weight'), norm.get('bias'), config.layerNormEps);
}

function visionLayer(
  weights: WeightScope,
  config: VisionConfig,
  hidden: tf.Tensor2D,
  batch: number,
  perPicture: number,
): tf.Tensor2D {
  const dense = (name: string, x: tf.Tensor2D) =>
    linear(x, weights.get(`${name}.weight`), weights.get(`${name}.bias`));
  const norm = (name: string, x: tf.Tensor2D) =>
    layerNorm(x, weights.get(`${name}.weight`), weights.get(`${name}.bias`), config.layerNormEps);

  const before = norm('layer_norm1', hidden);
  const mixed = attention(
    dense('self_attn.q_proj', before),
    dense('self_attn.k_proj', before),
    dense('self_attn.v_proj', before),
    {
      batch,
      queries: perPicture,
      keys: perPicture,
      heads: config.heads,
      kvHeads: config.heads,
      headDim: config.hiddenSize / config.heads,
    },
  );
  const attended: tf.Tensor2D = tf.add(hidden, dense('self_attn.out_proj', mixed));
  const inner = geluTanh(dense('mlp.fc1', norm('layer_norm2', attended)));
  return tf.add(attended, dense('mlp.fc2', inner));
}
