import * as tf from '@tensorflow/tfjs-core';
import type { TextConfig } from '../models/config.ts';
import { swiglu } from './ops/activations.ts';
import { attention } from './ops/attention.ts';
import { linear } from './ops/linear.ts';
import { adapted } from './ops/lora.ts';
import { rmsNorm } from './ops/norms.ts';
import { rotate, type RotaryTable } from './ops/rope.ts';
import type { WeightScope } from './weights.ts';

/** The part of a text configuration that one decoder block needs. */
export type BlockConfig = Pick<TextConfig, 'hiddenSize' | 'heads' | 'kvHeads' | 'headDim' | 'rmsNormEps'>;

/** What every block of one pass shares. */
export interface DecoderContext {
  batch: number;
  /** Query tokens per sequence in this pass. */
  length: number;
  rotary: RotaryTable;
  /** [B, 1, length, keys] */
  bias: tf.Tensor4D;
}

/** Keys (already rotated) and values of the tokens seen so far, each [B, tokens, kvHeads·headDim]. */
export interface LayerCache {
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
}

/**
 * One pre-norm decoder block of Llama (no biases), Qwen2 (biases on q, k, v) or Qwen3 (norms of the heads of q and k): attention with RoPE and GQA, then SwiGLU.
 * hidden [B·length, d] → [B·length, d]; `past` puts earlier keys in front, and the extended cache comes back.
 */
export function decoderBlock(
  weights: WeightScope,
  config: BlockConfig,
  hidden: tf.Tensor2D,
  context: DecoderContext,
  past?: LayerCache,
): { hidden: tf.Tensor2D; cache: LayerCache } {
  const { batch, length, rotary } = context;
  const dense = (name: string, x: tf.Tensor2D) => {
    const y = linear(x, weights.get(`${name}.weight`), weights.maybe(`${name}.bias`));
    const adapter = weights.adapter(name);
    return adapter === undefined ? y : adapted(x, y, adapter);
  };

  const before = rmsNorm(hidden, weights.get('input_layernorm.weight'), config.rmsNormEps);
  const projected = (name: 'q' | 'k', heads: number): tf.Tensor2D => {
    const rows = dense(`self_attn.${name}_proj`, before);
    const scale = weights.maybe(`self_attn.${name}_norm.weight`);
    if (scale === undefined) return rows;
    const byHead: tf.Tensor2D = tf.reshape(rows, [rows.shape[0] * heads, config.headDim]);
    return tf.reshape(rmsNorm(byHead, scale, config.rmsNormEps), rows.shape);
  };
  const queries = rotate(projected('q', config.heads), rotary, config.heads);
  const kvShape: [number, number, number] = [batch, length, config.kvHeads * config.headDim];
  const newKeys: tf.Tensor3D = tf.reshape(
    rotate(projected('k', config.kvHeads), rotary, config.kvHeads),
    kvShape,
  );
  const newValues: tf.Tensor3D = tf.reshape(dense('self_attn.v_proj', before), kvShape);
  const keys = past === undefined ? newKeys : tf.concat([past.keys, newKeys], 1);
  const values = past === undefined ? newValues : tf.concat([past.values, newValues], 1);
  const total = keys.shape[1];
  const mixed = attention(
    queries,
    tf.reshape(keys, [batch * total, kvShape[2]]),
    tf.reshape(values, [batch * total, kvShape[2]]),
    {
      batch,
      queries: length,
      keys: total,
      heads: config.heads,
      kvHeads: config.kvHeads,
      headDim: config.headDim,
    },
    context.bias,
  );
  const attended: tf.Tensor2D = tf.add(hidden, dense('self_attn.o_proj', mixed));
  const normed = rmsNorm(attended, weights.get('post_attention_layernorm.weight'), config.rmsNormEps);
  const inner = swiglu(dense('mlp.gate_proj', normed), dense('mlp.up_proj', normed));
  return { hidden: tf.add(attended, dense('mlp.down_proj', inner)), cache: { keys, values } };
}
