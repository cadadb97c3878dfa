import * as tf from '@tensorflow/tfjs-core';
import { packTokens } from '../data/batch.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { LayerCache } from './decoder.ts';
import { sliceTokens } from './features.ts';
import { Vlm } from './vlm.ts';
import { uploadWeights } from './weights.ts';
import type { LoadedModel } from '../session.ts';
import { scenePixels } from '../inspect/asked.ts';
import { disposePrompts, prompts } from './generate.ts';

/** Runs `task` with a model of the given weights in plain tfjs; the copies on the GPU are gone afterwards. */
export async function withModel<T>(
  model: LoadedModel,
  weights: HostTensors,
  task: (vlm: Vlm) => Promise<T>,
): Promise<T> {
  const tensors = uploadWeights(weights);
  try {
    return await task(new Vlm(model.config, tensors));
  } finally {
    tf.dispose([...tensors.values()]);
  }
}

/**
 * The greedy answer to one question, each token's id as soon as it is known, the end of sequence included; at most `maxTokens` of them.
 * @param scene [64, 64, 3] in 0–1.
 */
export async function* greedyTokens(
  vlm: Vlm,
  model: LoadedModel,
  scene: Float32Array,
  question: string,
  maxTokens: number,
): AsyncGenerator<number, void, void> {
  const { tokenizer, config } = model;
  const ids = tokenizer.encodeQuestion(question);
  const tokens = packTokens(tokenizer, [{ question: ids, answer: [] }], { Nq: ids.length, Na: 0 });
  const batch = prompts(config, tokens, [scenePixels(model, scene)], maxTokens);
  const { length, steps } = batch;
  /** The next token's id, then keys and values of every layer. */
  let held: tf.Tensor[] = [];
  try {
    for (let t = 0; t < maxTokens; t++) {
      const [before, ...past] = held;
      held = tf.tidy(() => {
        const { hidden, cache } =
          before === undefined
            ? vlm.bodyWithCache(vlm.embed(batch.rows, vlm.imageTokens(batch.patches, 1)), {
                batch: 1,
                length,
                rotary: batch.rotary,
                bias: batch.bias,
              })
            : vlm.bodyWithCache(
                vlm.embedText(before as tf.Tensor1D),
                { batch: 1, length: 1, ...steps[t - 1]! },
                unpack(past),
              );
        const last = before === undefined ? sliceTokens(hidden, 1, length - 1, 1) : hidden;
        return [tf.argMax(vlm.head(last), -1), ...cache.flatMap(({ keys, values }) => [keys, values])];
      });
      tf.dispose([before ?? [], past]);
      const [id] = await held[0]!.data<'int32'>();
      yield id!;
      if (id === tokenizer.eosId) return;
    }
  } finally {
    tf.dispose(held);
    disposePrompts(batch);
  }
}

function unpack(tensors: readonly tf.Tensor[]): LayerCache[] {
  return Array.from({ length: tensors.length / 2 }, (_, layer) => ({
    keys: tensors[2 * layer] as tf.Tensor3D,
    values: tensors[2 * layer + 1] as tf.Tensor3D,
  }));
}
