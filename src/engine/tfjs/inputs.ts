import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig, VlmConfig } from '../models/config.ts';
import type { TokenBatch } from '../data/batch.ts';
import { causalBias } from './ops/attention.ts';
import { rotaryTable } from './ops/rope.ts';
import type { DecoderContext } from './decoder.ts';

/** One batch on the GPU, as one model reads it: its own token split, image tokens and paddings. Own and `dispose` it. */
export interface ModelInputs {
  batch: number;
  /** Nq: question tokens, left-padded. */
  questionLength: number;
  /** Na: answer tokens with end-of-sequence, right-padded. */
  answerLength: number;
  /** [B·P, 3·p·p]; none of a model of text alone. */
  patches: tf.Tensor2D | undefined;
  /** int32 [B·(Nq+Na)], rows for `Vlm.embed`. */
  rows: tf.Tensor1D;
  context: DecoderContext;
  /** int32 [B·Na]: the answer's token ids. */
  labels: tf.Tensor1D;
  /** [B·Na]: 1 for a real answer token. */
  labelWeights: tf.Tensor1D;
  /** Host copies, [B·(Nq+Na)]: 1 for a real token; position ids from 0 at the first real token. */
  mask: Float32Array;
  positions: Int32Array;
}

/** Position ids that count real tokens from 0; padding before the first real token gets 0. mask [B·N] → [B·N]. */
export function positionsFromMask(mask: ArrayLike<number>, batch: number, length: number): Int32Array {
  const positions = new Int32Array(batch * length);
  for (let b = 0; b < batch; b++) {
    let next = 0;
    for (let i = 0; i < length; i++) {
      positions[b * length + i] = next;
      if (mask[b * length + i] === 1) next++;
    }
  }
  return positions;
}

/** Embedding rows: the token's id, or V + b·T + j where the j-th image token of picture b stands. */
export function embeddingRows(config: ModelConfig, tokens: TokenBatch): Int32Array {
  const rows = Int32Array.from(tokens.ids);
  const length = tokens.Nq + tokens.Na;
  const count = config.vision === undefined ? 0 : config.imageTokens;
  for (let b = 0; b < tokens.B; b++)
    for (let j = 0; j < count; j++)
      rows[b * length + tokens.imagePositions[b * count + j]!] = config.text.vocabularySize + b * count + j;
  return rows;
}

/** Uploads patches of a batch of pictures, [B·P, 3·p·p]. */
export function patchTensor({ vision }: Pick<VlmConfig, 'vision'>, patches: Float32Array): tf.Tensor2D {
  const width = 3 * vision.patchSize * vision.patchSize;
  return tf.tensor2d(patches, [patches.length / width, width]);
}

/** Uploads one batch. `patches` are the examples' pictures as the model reads them (`examplePatches`). */
export function modelInputs(
  config: ModelConfig,
  tokens: TokenBatch,
  patches: Float32Array | undefined,
): ModelInputs {
  const { B: batch, Nq, Na } = tokens;
  const length = Nq + Na;
  const positions = positionsFromMask(tokens.mask, batch, length);
  const labels = new Int32Array(batch * Na);
  for (let b = 0; b < batch; b++)
    for (let j = 0; j < Na; j++) labels[b * Na + j] = tokens.ids[b * length + Nq + j]!;
  return {
    batch,
    questionLength: Nq,
    answerLength: Na,
    patches: uploadedPatches(config, patches),
    rows: tf.tensor1d(embeddingRows(config, tokens), 'int32'),
    context: {
      batch,
      length,
      rotary: rotaryTable(positions, config.text),
      bias: causalBias(tokens.mask, batch, length),
    },
    labels: tf.tensor1d(labels, 'int32'),
    labelWeights: tf.tensor1d(tokens.answerMask),
    mask: tokens.mask,
    positions,
  };
}

/** `patchTensor` where the model reads pictures. */
export function uploadedPatches(
  config: ModelConfig,
  patches: Float32Array | undefined,
): tf.Tensor2D | undefined {
  return config.vision && patches && patchTensor(config, patches);
}

export function disposeInputs(inputs: ModelInputs): void {
  tf.dispose([
    ...(inputs.patches ? [inputs.patches] : []),
    inputs.rows,
    inputs.labels,
    inputs.labelWeights,
    inputs.context.bias,
    inputs.context.rotary.cos,
    inputs.context.rotary.sin,
  ]);
}
