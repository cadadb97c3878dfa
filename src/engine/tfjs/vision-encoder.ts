import * as tf from '@tensorflow/tfjs-core';
import type { VisionConfig } from '../models/config.ts';
import { geluErf, geluTanh, quickGelu } from './ops/activations.ts';
import { attention } from './ops/attention.ts';
import { linear } from './ops/linear.ts';
import { sliceTokens } from './slice-tokens.ts';
import { layerNorm } from './ops/norms.ts';
import type { WeightScope } from './weights.ts';

const activations = { tanh: geluTanh, erf: geluErf, quick: quickGelu };

/**
 * SigLIP vision transformer (`SiglipVisionModel`, `Idefics3VisionTransformer`), or CLIP's (`CLIPVisionTransformer`) without its class token.
 * patches [B·P, 3·p·p] in the order of `toPatches` → features [B·P, d].
 * @param batch squares, which are read apart
 */
export function visionEncoder(
  weights: WeightScope,
  config: VisionConfig,
  patches: tf.Tensor2D,
  batch: number,
): tf.Tensor2D {
  const perSquare = patches.shape[0] / batch;
  const clip = config.encoder === 'clip';
  const length = perSquare + (clip ? 1 : 0);
  const embeddings = weights.at('embeddings');
  const norm = (name: string, x: tf.Tensor2D) =>
    layerNorm(x, weights.get(`${name}.weight`), weights.get(`${name}.bias`), config.layerNormEps);
  const kernel = tf.reshape(embeddings.get('patch_embedding.weight'), [config.hiddenSize, patches.shape[1]]);
  const flat = linear(patches, kernel, embeddings.maybe('patch_embedding.bias'));
  const rows: tf.Tensor3D = tf.reshape(flat, [batch, perSquare, config.hiddenSize]);
  const whole = clip ? tf.concat([classTokens(embeddings, batch), rows], 1) : rows;
  const placed = tf.add(whole, tf.expandDims(embeddings.get('position_embedding.weight'), 0));
  let hidden: tf.Tensor2D = tf.reshape(placed, [batch * length, config.hiddenSize]);
  if (clip) hidden = norm('pre_layrnorm', hidden);
  for (let i = 0; i < config.layers; i++)
    hidden = visionLayer(weights.at(`encoder.layers.${i}`), config, hidden, batch, length);
  if (clip) hidden = sliceTokens(hidden, batch, 1, perSquare);
  return config.postNorm ? norm('post_layernorm', hidden) : hidden;
}

/** [B, 1, d] */
function classTokens(embeddings: WeightScope, batch: number): tf.Tensor3D {
  return tf.tile(tf.reshape(embeddings.get('class_embedding'), [1, 1, -1]), [batch, 1, 1]);
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
  const inner = activations[config.activation](dense('mlp.fc1', norm('layer_norm2', attended)));
  return tf.add(attended, dense('mlp.fc2', inner));
}
