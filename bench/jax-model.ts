import { lax, nn, numpy as np } from '@jax-js/jax';
import type { TextConfig, VisionConfig, VlmConfig } from '../src/engine/models/config.ts';
import { vlmFamilyOf } from '../src/engine/models/families/families.ts';
import { maskedScore } from '../src/engine/tfjs/ops/attention.ts';

/** Weights by their `transformers` names: one pytree. */
export type Weights = Record<string, np.Array>;

/**
 * A borrowed view of weights under a name prefix: every read is a reference of its own. Functions of this file consume the arrays
 * they are given, and leave scopes alone.
 */
export class Scope {
  constructor(
    private readonly weights: Weights,
    private readonly prefix = '',
  ) {}

  at(path: string): Scope {
    return new Scope(this.weights, `${this.prefix}${path}.`);
  }

  get(name: string): np.Array {
    return this.weights[this.prefix + name]!.ref;
  }

  /** x·Wᵀ + b. [M, in] → [M, out]. */
  dense(name: string, x: np.Array): np.Array {
    const product = np.matmul(x, this.get(`${name}.weight`).transpose());
    const bias = this.weights[`${this.prefix}${name}.bias`];
    return bias === undefined ? product : product.add(bias.ref);
  }
}

/** What every decoder block of one pass shares; borrowed. */
export interface DecoderContext {
  batch: number;
  length: number;
  /** [B, N, 1, 1, headDim/2], and [B, N, 1, 2, headDim/2] with the sign of each half. */
  cos: np.Array;
  sin: np.Array;
  /** [B, 1, N, 1, N] */
  bias: np.Array;
}

/** Rotary tables of positions 0…length−1 on the device: angles come from the host, since WGSL's sine is too coarse. */
export function rotaryTables({ headDim, ropeTheta }: TextConfig, length: number): Weights {
  const half = headDim / 2;
  const angle = (i: number) => Math.floor(i / half) * ropeTheta ** ((-2 * (i % half)) / headDim);
  const cos = Float32Array.from({ length: length * half }, (_, i) => Math.cos(angle(i)));
  const sin = Float32Array.from({ length: length * half }, (_, i) => Math.sin(angle(i)));
  const table = (values: Float32Array<ArrayBuffer>) => np.array(values).reshape([length, half]);
  return { cos: table(cos), sin: table(sin) };
}

/** positions int32 [B, N] and mask [B, N]; both consumed. */
export function decoderContext(rotary: Weights, positions: np.Array, mask: np.Array): DecoderContext {
  const [batch, length] = positions.shape as [number, number];
  const half = rotary.cos!.shape[1]!;
  const cos = np.take(rotary.cos!.ref, positions.ref, 0).reshape([batch, length, 1, 1, half]);
  const sin = np.take(rotary.sin!.ref, positions, 0).reshape([batch, length, 1, 1, half]);
  const sign = np.array([-1, 1]).reshape([1, 1, 1, 2, 1]);
  const visible = np
    .tri(length, length)
    .reshape([1, 1, length, 1, length])
    .mul(mask.reshape([batch, 1, 1, 1, length]));
  return { batch, length, cos, sin: sin.mul(sign), bias: visible.sub(1).mul(-maskedScore) };
}

export function disposeContext({ cos, sin, bias }: DecoderContext): void {
  for (const array of [cos, sin, bias]) array.dispose();
}

/** The half-split rotation. The halves are an axis, so that swapping them is a view. [M, heads·headDim] → [B, N, heads, headDim]. */
function rotate(x: np.Array, { batch, length, cos, sin }: DecoderContext, headDim: number): np.Array {
  const heads = x.shape[1]! / headDim;
  const halves = x.reshape([batch, length, heads, 2, headDim / 2]);
  const turned = halves.ref.mul(cos.ref).add(np.flip(halves, 3).mul(sin.ref));
  return turned.reshape([batch, length, heads, headDim]);
}

/** q [B, N, heads, h], k and v [B, M, kvHeads, h] → [B·N, heads·h]. Query heads of one group are an axis beside their key head. */
function attention(q: np.Array, k: np.Array, v: np.Array, bias?: np.Array): np.Array {
  const [batch, length, heads, headDim] = q.shape as [number, number, number, number];
  const kvHeads = k.shape[2]!;
  const grouped = q.reshape([batch, length, kvHeads, heads / kvHeads, headDim]);
  // [B, kvHeads, N, group, M]. Not `einsum`, which needs iterator helpers that Node 20 lacks.
  const scores = lax
    .dot(grouped, k, {
      lhsContractingDims: [4],
      rhsContractingDims: [3],
      lhsBatchDims: [0, 2],
      rhsBatchDims: [0, 2],
    })
    .mul(headDim ** -0.5);
  const weights = nn.softmax(bias === undefined ? scores : scores.add(bias));
  const mixed = lax.dot(weights, v, {
    lhsContractingDims: [4],
    rhsContractingDims: [1],
    lhsBatchDims: [0, 1],
    rhsBatchDims: [0, 2],
  });
  return mixed.transpose([0, 2, 1, 3, 4]).reshape([batch * length, heads * headDim]);
}

function rmsNorm(x: np.Array, weight: np.Array, epsilon: number): np.Array {
  const meanSquare = np.square(x.ref).mean(-1, { keepdims: true });
  return x.mul(np.reciprocal(np.sqrt(meanSquare.add(epsilon)))).mul(weight);
}

function layerNorm(x: np.Array, weights: Scope, epsilon: number): np.Array {
  const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
  const variance = np.square(centred.ref).mean(-1, { keepdims: true });
  const normed = centred.mul(np.reciprocal(np.sqrt(variance.add(epsilon))));
  return normed.mul(weights.get('weight')).add(weights.get('bias'));
}

/** A pre-norm block of Llama or Qwen2. [B·N, d] → [B·N, d]. */
export function decoderBlock(w: Scope, config: TextConfig, hidden: np.Array, context: DecoderContext) {
  const { headDim, heads, kvHeads, intermediateSize, rmsNormEps } = config;
  const { batch, length, bias } = context;
  const before = rmsNorm(hidden.ref, w.get('input_layernorm.weight'), rmsNormEps);
  const packed = w.dense('self_attn.qkv', before);
  const [rotated, keys] = [heads + kvHeads, heads + 2 * kvHeads].map((count) => count * headDim);
  const turned = rotate(packed.ref.slice([], [0, rotated!]), context, headDim);
  const mixed = attention(
    turned.ref.slice([], [], [0, heads]),
    turned.slice([], [], [heads, heads + kvHeads]),
    packed.slice([], [rotated!, keys!]).reshape([batch, length, kvHeads, headDim]),
    bias.ref,
  );
  const attended = hidden.add(w.dense('self_attn.o_proj', mixed));
  const normed = rmsNorm(attended.ref, w.get('post_attention_layernorm.weight'), rmsNormEps);
  const both = w.dense('mlp.gate_up', normed);
  const gate = both.ref.slice([], [0, intermediateSize]);
  const inner = nn.silu(gate).mul(both.slice([], [intermediateSize, 2 * intermediateSize]));
  return attended.add(w.dense('mlp.down_proj', inner));
}

/** Decoder blocks `layers.0`… and, where asked for, the norm after them. */
export function decoder(
  w: Scope,
  { text, layers, norm }: { text: TextConfig; layers: number; norm: boolean },
  embeddings: np.Array,
  context: DecoderContext,
): np.Array {
  let hidden = embeddings;
  for (let i = 0; i < layers; i++) hidden = decoderBlock(w.at(`layers.${i}`), text, hidden, context);
  return norm ? rmsNorm(hidden, w.get('norm.weight'), text.rmsNormEps) : hidden;
}

function visionLayer(w: Scope, config: VisionConfig, hidden: np.Array, batch: number): np.Array {
  const { heads, hiddenSize, layerNormEps } = config;
  const before = layerNorm(hidden.ref, w.at('layer_norm1'), layerNormEps);
  const packed = w.dense('self_attn.qkv', before);
  const part = (i: number) =>
    packed.ref
      .slice([], [i * hiddenSize, (i + 1) * hiddenSize])
      .reshape([batch, packed.shape[0]! / batch, heads, hiddenSize / heads]);
  const mixed = attention(part(0), part(1), part(2));
  packed.dispose();
  const attended = hidden.add(w.dense('self_attn.out_proj', mixed));
  const inner = nn.gelu(w.dense('mlp.fc1', layerNorm(attended.ref, w.at('layer_norm2'), layerNormEps)));
  return attended.add(w.dense('mlp.fc2', inner));
}

/** patches [B·P, 3·p²] → image tokens [B·T, d]. */
function imageTokens(root: Scope, config: VlmConfig, patches: np.Array, batch: number): np.Array {
  const { vision, scaleFactor: s } = config;
  const { layout } = vlmFamilyOf(config);
  const w = root.at(layout.vision);
  const embeddings = w.at('embeddings');
  const [rows, words] = patches.shape as [number, number];
  const kernel = embeddings.get('patch_embedding.weight').reshape([vision.hiddenSize, words]);
  const flat = np.matmul(patches, kernel.transpose()).add(embeddings.get('patch_embedding.bias'));
  let hidden = flat
    .reshape([batch, rows / batch, vision.hiddenSize])
    .add(embeddings.get('position_embedding.weight'))
    .reshape([rows, vision.hiddenSize]);
  for (let i = 0; i < vision.layers; i++)
    hidden = visionLayer(w.at(`encoder.layers.${i}`), vision, hidden, batch);
  if (vision.postNorm) hidden = layerNorm(hidden, w.at('post_layernorm'), vision.layerNormEps);
  const connector = root.at(layout.connector);
  if (config.connector === 'mlp') {
    const first = nn.gelu(connector.dense('linear_1', hidden), { approximate: false });
    return connector.dense('linear_2', first);
  }
  const across = Math.sqrt(rows / batch) / s;
  const shuffled = hidden
    .reshape([batch, across, s, across, s * vision.hiddenSize])
    .transpose([0, 1, 3, 2, 4])
    .reshape([batch * across * across, s * s * vision.hiddenSize]);
  return connector.dense('modality_projection.proj', shuffled);
}

/** One model's tokens and pictures of a batch. */
export type ModelInputs = {
  /** [B·P, 3·p²] */
  patches: np.Array;
  /** int32 [B·N]: a token's id, and −1 or the row of the image token that stands there. */
  ids: np.Array;
  images: np.Array;
  /** int32 [B, N] and float [B, N] */
  positions: np.Array;
  mask: np.Array;
  /** int32 [B·Na, 1] and float [B·Na] */
  labels: np.Array;
  labelWeights: np.Array;
};

/** z = body([q ; a]), [B·N, d]; `inputs` are borrowed. */
export function sequenceFeatures(
  weights: Weights,
  config: VlmConfig,
  inputs: ModelInputs,
  context: DecoderContext,
): np.Array {
  const root = new Scope(weights);
  const text = root.at(vlmFamilyOf(config).layout.text);
  const image = imageTokens(root, config, inputs.patches.ref, context.batch);
  const words = np.take(text.get('embed_tokens.weight'), inputs.ids.ref, 0);
  const pictures = np.take(image, np.maximum(inputs.images.ref, 0), 0);
  const isImage = inputs.images.ref.greaterEqual(0).reshape([-1, 1]);
  const { layers } = config.text;
  return decoder(
    text,
    { text: config.text, layers, norm: true },
    np.where(isImage, pictures, words),
    context,
  );
}

/** Logits of the language head, [M, V]. */
export function head(weights: Weights, config: VlmConfig, z: np.Array): np.Array {
  const { layout } = vlmFamilyOf(config);
  const name = config.tieWordEmbeddings ? `${layout.text}.embed_tokens.weight` : layout.head;
  return np.matmul(z, weights[name]!.ref.transpose());
}
