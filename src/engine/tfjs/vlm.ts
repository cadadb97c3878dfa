import * as tf from '@tensorflow/tfjs-core';
import { squaresOf, type ModelConfig } from '../models/config.ts';
import { familyOf, withPictures } from '../models/families/families.ts';
import type { Lora } from '../recipe/recipe.ts';
import { gatherRows } from './ops/gather-rows.ts';
import { linear } from './ops/linear.ts';
import { rmsNorm } from './ops/norms.ts';
import { mlpConnector, pixelShuffleConnector } from './connector.ts';
import { decoderBlock, type DecoderContext, type LayerCache } from './decoder.ts';
import { visionEncoder } from './vision-encoder.ts';
import { WeightScope, type WeightMap } from './weights.ts';

/**
 * A vision-language model: vision encoder → connector → body (decoder and final norm) → head; or body and head alone.
 * Pure functions over a weight map; whether a weight is trained is the map's owner's business.
 */
export class Vlm {
  private readonly root: WeightScope;
  private readonly text: WeightScope;
  private readonly headName: string;

  /** @param lora how the adapters among the weights are added, where there are any */
  constructor(
    readonly config: ModelConfig,
    private readonly weights: WeightMap,
    lora?: Lora,
  ) {
    const { layout } = familyOf(config);
    this.root = new WeightScope(weights, '', lora);
    this.text = this.root.at(layout.text);
    this.headName = layout.head;
  }

  /** patches [B·P, 3·p·p] → vision features [B·P, d_v]. @throws RangeError where the model reads no pictures. */
  visionFeatures(patches: tf.Tensor2D, batch: number): tf.Tensor2D {
    const { config, layout } = withPictures(this.config);
    return visionEncoder(this.root.at(layout.vision), config.vision, patches, batch * squaresOf(config));
  }

  /** patches [B·P, 3·p·p] → image tokens [B·T, d]. @throws RangeError where the model reads no pictures. */
  imageTokens(patches: tf.Tensor2D, batch: number): tf.Tensor2D {
    const { config, layout } = withPictures(this.config);
    const features = this.visionFeatures(patches, batch);
    const weights = this.root.at(layout.connector);
    if (config.connector === 'pixel-shuffle')
      return pixelShuffleConnector(weights, config, features, batch * squaresOf(config));
    const tokens = mlpConnector(weights, features);
    if (!config.imageNewline) return tokens;
    const { hiddenSize } = config.text;
    const newline = tf.reshape(this.root.get(layout.newline!), [1, 1, hiddenSize]);
    const perPicture: tf.Tensor3D = tf.reshape(tokens, [batch, -1, hiddenSize]);
    const joined = tf.concat([perPicture, tf.tile(newline, [batch, 1, 1])], 1);
    return tf.reshape(joined, [-1, hiddenSize]);
  }

  /** The token embedding table [V, d]. */
  embeddingTable(): tf.Tensor2D {
    return this.text.get('embed_tokens.weight') as tf.Tensor2D;
  }

  /**
   * Input embeddings of a whole sequence. `rows` int32 [B·N]: a token id, or V + b·T + j for the j-th image token of picture b
   * (`embeddingRows`). `imageTokens` none for text alone. → [B·N, d]
   */
  embed(rows: tf.Tensor1D, imageTokens: tf.Tensor2D | undefined): tf.Tensor2D {
    const table = this.embeddingTable();
    return gatherRows(imageTokens === undefined ? table : tf.concat([table, imageTokens], 0), rows);
  }

  /** Embeddings of plain text tokens, ids int32 [M] → [M, d]. */
  embedText(ids: tf.Tensor1D): tf.Tensor2D {
    return gatherRows(this.embeddingTable(), ids);
  }

  /** All decoder layers and the final norm: embeddings [B·N, d] → z [B·N, d]. */
  body(embeddings: tf.Tensor2D, context: DecoderContext): tf.Tensor2D {
    return this.bodyWithCache(embeddings, context).hidden;
  }

  /** `body` that extends key/value caches, for generation. */
  bodyWithCache(
    embeddings: tf.Tensor2D,
    context: DecoderContext,
    past?: LayerCache[],
  ): { hidden: tf.Tensor2D; cache: LayerCache[] } {
    let hidden = embeddings;
    const cache: LayerCache[] = [];
    for (let i = 0; i < this.config.text.layers; i++) {
      const block = decoderBlock(this.text.at(`layers.${i}`), this.config.text, hidden, context, past?.[i]);
      hidden = block.hidden;
      cache.push(block.cache);
    }
    return { hidden: rmsNorm(hidden, this.text.get('norm.weight'), this.config.text.rmsNormEps), cache };
  }

  /** The language head H: z [M, d] → logits [M, V]. */
  head(z: tf.Tensor2D): tf.Tensor2D {
    return linear(z, this.headTable());
  }

  /** What the head multiplies by, [V, d]; the embedding table where they are tied. */
  headTable(): tf.Tensor2D {
    return this.config.tieWordEmbeddings
      ? this.embeddingTable()
      : (this.weights.get(this.headName) as tf.Tensor2D);
  }
}
