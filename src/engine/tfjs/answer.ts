import * as tf from '@tensorflow/tfjs-core';
import { filledUp, makeTokenBatch, sequenceBounds } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { examplePatches } from '../data/preprocess.ts';
import { crossEntropy } from './ops/token-losses.ts';
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

/** exp of the mean −log p of the true answers' tokens, end-of-sequence included, in the model's own tokens. */
export async function perplexityOf(
  vlm: Vlm,
  model: LoadedModel,
  examples: readonly Example[],
  data: Dataset,
  batchSize = 32,
): Promise<number> {
  const bounds = sequenceBounds(model.tokenizer, examples);
  let nats = 0;
  let count = 0;
  for (let start = 0; start < examples.length; start += batchSize) {
    const chunk = examples.slice(start, start + batchSize);
    const tokens = makeTokenBatch(model.tokenizer, chunk, bounds);
    const inputs = modelInputs(model.config, tokens, examplePatches(model, data, chunk));
    const loss = tf.tidy(() => {
      const logits = vlm.head(answerPredictors(sequenceFeatures(vlm, inputs), inputs));
      return crossEntropy(logits, inputs.labels, inputs.labelWeights);
    });
    const answerTokens = tokens.answerMask.reduce((sum, mask) => sum + mask, 0);
    nats += (await loss.data())[0]! * answerTokens;
    count += answerTokens;
    loss.dispose();
    disposeInputs(inputs);
  }
  return Math.exp(nats / count);
}
