import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../data/batch.ts';
import { causalBias, maskedScore } from './ops/attention.ts';
import { rotaryTable, type RotaryTable } from './ops/rope.ts';
import type { LayerCache } from './decoder.ts';
import { sliceTokens } from './slice-tokens.ts';
import { embeddingRows, positionsFromMask, uploadedPatches } from './inputs.ts';
import type { Vlm } from './vlm.ts';
import type { ModelConfig } from '../models/config.ts';

/** A batch of prompts on the GPU, ready for greedy generation; reusable, so own and `disposePrompts` it. */
export interface Prompts {
  batch: number;
  length: number;
  /** None of a model of text alone. */
  patches: tf.Tensor2D | undefined;
  rows: tf.Tensor1D;
  rotary: RotaryTable;
  bias: tf.Tensor4D;
  /** One entry per generated token after the first: its rotary angles and which keys it sees. */
  steps: { rotary: RotaryTable; bias: tf.Tensor4D }[];
}

/** Uploads the question part of a batch. `maxTokens` bounds the answer's length, end-of-sequence included. */
export function prompts(
  config: ModelConfig,
  tokens: TokenBatch,
  patches: Float32Array | undefined,
  maxTokens: number,
): Prompts {
  const { B: batch, Nq: length } = tokens;
  const whole = length + tokens.Na;
  const mask = new Float32Array(batch * length);
  const allRows = embeddingRows(config, tokens);
  const rows = new Int32Array(batch * length);
  for (let b = 0; b < batch; b++) {
    mask.set(tokens.mask.subarray(b * whole, b * whole + length), b * length);
    rows.set(allRows.subarray(b * whole, b * whole + length), b * length);
  }
  const positions = positionsFromMask(mask, batch, length);
  const steps: Prompts['steps'] = [];
  for (let t = 0; t < maxTokens - 1; t++) {
    const next = Array.from({ length: batch }, (_, b) => positions[b * length + length - 1]! + 1 + t);
    const keys = length + t + 1;
    const bias = new Float32Array(batch * keys);
    for (let b = 0; b < batch; b++)
      for (let j = 0; j < length; j++) if (mask[b * length + j] !== 1) bias[b * keys + j] = maskedScore;
    steps.push({
      rotary: rotaryTable(next, config.text),
      bias: tf.tensor4d(bias, [batch, 1, 1, keys]),
    });
  }
  return {
    batch,
    length,
    patches: uploadedPatches(config, patches),
    rows: tf.tensor1d(rows, 'int32'),
    rotary: rotaryTable(positions, config.text),
    bias: causalBias(mask, batch, length),
    steps,
  };
}

export function disposePrompts(batch: Prompts): void {
  const tables = [batch.rotary, ...batch.steps.map((step) => step.rotary)];
  tf.dispose([
    ...(batch.patches ? [batch.patches] : []),
    batch.rows,
    batch.bias,
    ...tables.flatMap((table) => [table.cos, table.sin]),
    ...batch.steps.map((step) => step.bias),
  ]);
}

/**
 * Greedy answers with a key/value cache; every argmax stays on the GPU and all ids come back in one read.
 * @returns ids [B][maxTokens]; what follows the end-of-sequence token is meaningless.
 */
export async function generate(vlm: Vlm, batch: Prompts): Promise<number[][]> {
  const ids = tf.tidy(() => {
    const image = batch.patches && vlm.imageTokens(batch.patches, batch.batch);
    const prefill = vlm.bodyWithCache(vlm.embed(batch.rows, image), {
      batch: batch.batch,
      length: batch.length,
      rotary: batch.rotary,
      bias: batch.bias,
    });
    let cache: LayerCache[] = prefill.cache;
    let next = argmax(vlm, sliceTokens(prefill.hidden, batch.batch, batch.length - 1, 1));
    const answer = [next];
    for (const step of batch.steps) {
      const pass = vlm.bodyWithCache(
        vlm.embedText(next),
        { batch: batch.batch, length: 1, rotary: step.rotary, bias: step.bias },
        cache,
      );
      cache = pass.cache;
      next = argmax(vlm, pass.hidden);
      answer.push(next);
    }
    return tf.stack(answer, 1) as tf.Tensor2D;
  });
  const flat = await ids.data();
  ids.dispose();
  const width = batch.steps.length + 1;
  return Array.from({ length: batch.batch }, (_, b) => Array.from(flat.slice(b * width, (b + 1) * width)));
}

function argmax(vlm: Vlm, z: tf.Tensor2D): tf.Tensor1D {
  return tf.argMax(vlm.head(z), -1);
}
