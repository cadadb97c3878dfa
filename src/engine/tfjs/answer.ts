import * as tf from '@tensorflow/tfjs-core';
import { filledUp, makeTokenBatch, sequenceBounds } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { examplePatches } from '../data/preprocess.ts';
import { labelLogProbabilities } from './ops/token-losses.ts';
import { answerPredictors, sequenceFeatures } from './features.ts';
import { disposeInputs, modelInputs } from './inputs.ts';
import type { Vlm } from './vlm.ts';
import { answerText } from '../models/tokenizers/answer-text.ts';
import type { LoadedModel } from '../session.ts';
import { disposePrompts, generate, prompts } from './generate.ts';

/**
 * A model's greedy answer to every example, as text, in plain tfjs: what the recorded kernels are tested and measured against. Works in
 * batches of fixed shape.
 */
export async function answerAll(
  vlm: Vlm,
  model: LoadedModel,
  examples: readonly Example[],
  data: Dataset,
  batchSize = 32,
): Promise<string[]> {
  const { Nq, Na } = sequenceBounds(model.tokenizer, examples);
  const width = Math.min(batchSize, examples.length);
  const answers: string[] = [];
  for (let start = 0; start < examples.length; start += width) {
    const chunk = examples.slice(start, start + width);
    const filled = filledUp(chunk, width);
    const tokens = makeTokenBatch(model.tokenizer, filled, { Nq, Na });
    const batch = prompts(
      model.config,
      tokens,
      examplePatches(model, data, filled),
      // One spare token shows an answer that should have ended.
      Na + 1,
    );
    const ids = await generate(vlm, batch);
    disposePrompts(batch);
    answers.push(...ids.slice(0, chunk.length).map((row) => answerText(model.tokenizer, row)));
  }
  return answers;
}

/** −log p of every example's answer, summed over its tokens, and how many these are: the model's own, end-of-sequence included. */
export async function likelihoodsOf(
  vlm: Vlm,
  model: LoadedModel,
  examples: readonly Example[],
  data: Dataset,
  batchSize = 32,
): Promise<{ nats: number; tokens: number }[]> {
  const bounds = sequenceBounds(model.tokenizer, examples);
  const found: { nats: number; tokens: number }[] = [];
  for (let start = 0; start < examples.length; start += batchSize) {
    const chunk = examples.slice(start, start + batchSize);
    const tokens = makeTokenBatch(model.tokenizer, chunk, bounds);
    const inputs = modelInputs(model.config, tokens, examplePatches(model, data, chunk));
    const losses = tf.tidy(() => {
      const logits = vlm.head(answerPredictors(sequenceFeatures(vlm, inputs), inputs));
      const rows = tf.mul(tf.neg(labelLogProbabilities(logits, inputs.labels)), inputs.labelWeights);
      return tf.sum<tf.Tensor1D>(tf.reshape(rows, [chunk.length, bounds.Na]), 1);
    });
    const nats = await losses.data();
    const length = (b: number) =>
      tokens.answerMask.subarray(b * bounds.Na, (b + 1) * bounds.Na).reduce((sum, mask) => sum + mask, 0);
    found.push(...chunk.map((_, b) => ({ nats: nats[b]!, tokens: length(b) })));
    losses.dispose();
    disposeInputs(inputs);
  }
  return found;
}
