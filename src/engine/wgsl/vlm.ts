import { squaresOf, type ModelConfig, type TextConfig } from '../models/config.ts';
import { familyOf, withPictures } from '../models/families/families.ts';
import { patchCount } from '../models/families/vision.ts';
import type { TextLayout } from '../models/families/family.ts';
import { gelu, swiglu } from './ops/activation.ts';
import type { AttentionLayout } from './ops/attention-code.ts';
import { attention } from './ops/attention.ts';
import { decodeAttention } from './ops/decode-attention.ts';
import { headNorm } from './ops/head-norm.ts';
import { withLearnedRow } from './ops/learned-row.ts';
import { linear, type LinearOptions } from './ops/linear.ts';
import { norm } from './ops/norm.ts';
import { addAdapters } from './lora.ts';
import type { Parameter, WeightStore } from './core/parameters.ts';
import type { View } from './core/view.ts';
import { embed, joinTokens, pixelShuffle } from './ops/tokens.ts';
import type { Tape, Value } from './core/tape.ts';

/** The causal layout of one pass; heads come from the block's configuration. */
export interface DecoderLayout {
  batch: number;
  length: number;
  causal: NonNullable<AttentionLayout['causal']>;
}

type BlockConfig = Pick<
  TextConfig,
  'hiddenSize' | 'heads' | 'kvHeads' | 'headDim' | 'intermediateSize' | 'rmsNormEps'
>;

/**
 * One pre-norm decoder block of Llama, Qwen2 (biases on q, k, v where the store has them) or Qwen3 (norms of the heads of q and k). hidden [M, d] → [M, d].
 * @param mix attention over the packed projections q | k | v.
 */
export function decoderBlock(
  tape: Tape,
  store: WeightStore,
  prefix: string,
  config: BlockConfig,
  hidden: Value,
  mix: (packed: Value) => Value,
): Value {
  const { heads, kvHeads, headDim, intermediateSize, rmsNormEps, hiddenSize } = config;
  const get = (name: string) => store.get(`${prefix}.${name}`);
  /** Linear layers that read the same, side by side, each with its width. */
  const dense = (x: Value, names: Record<string, number>, options?: LinearOptions) => {
    const layers = Object.entries(names).map(([name, columns]) => ({ layer: `${prefix}.${name}`, columns }));
    const out = layers.reduce((sum, { columns }) => sum + columns, 0);
    const y = linear(tape, x, store.get(`${layers[0]!.layer}.weight`), out, options);
    addAdapters(tape, x, y, store, layers);
    return y;
  };
  const before = norm(tape, hidden, get('input_layernorm.weight'), rmsNormEps);
  const [query, keys] = [heads * headDim, kvHeads * headDim];
  const projected = dense(
    before,
    { 'self_attn.q_proj': query, 'self_attn.k_proj': keys, 'self_attn.v_proj': keys },
    store.has(`${prefix}.self_attn.q_proj.bias`) ? { bias: get('self_attn.q_proj.bias') } : {},
  );
  const packed = store.has(`${prefix}.self_attn.q_norm.weight`)
    ? headNorm(
        tape,
        projected,
        { query: get('self_attn.q_norm.weight'), key: get('self_attn.k_norm.weight') },
        config,
        rmsNormEps,
      )
    : projected;
  const attended = dense(mix(packed), { 'self_attn.o_proj': hiddenSize }, { residual: hidden });
  const normed = norm(tape, attended, get('post_attention_layernorm.weight'), rmsNormEps);
  const gates = { 'mlp.gate_proj': intermediateSize, 'mlp.up_proj': intermediateSize };
  const inner = swiglu(tape, dense(normed, gates));
  return dense(inner, { 'mlp.down_proj': hiddenSize }, { residual: attended });
}

/** A vision-language model over a parameter store: vision encoder → connector → body → head, or body and head alone; recorded on a tape. */
export class WgslVlm {
  private readonly layout: TextLayout;

  constructor(
    readonly config: ModelConfig,
    private readonly store: WeightStore,
  ) {
    this.layout = familyOf(config).layout;
  }

  get readsPictures(): boolean {
    return this.config.vision !== undefined;
  }

  /** Patches per picture, those of all its squares. @throws RangeError where the model reads none. */
  get patches(): number {
    const { config } = withPictures(this.config);
    return squaresOf(config) * patchCount(config.vision);
  }

  /** Numbers per patch, 3·p². @throws RangeError where the model reads no pictures. */
  get patchWords(): number {
    return 3 * withPictures(this.config).config.vision.patchSize ** 2;
  }

  /** The vocabulary, rounded up to what the stored matrices hold. */
  get logitColumns(): number {
    return Math.ceil(this.config.text.vocabularySize / 4) * 4;
  }

  /** patches [B·P, 3·p·p] → vision features [B·P, d_v]. @throws RangeError where the model reads no pictures. */
  visionFeatures(tape: Tape, patches: Value, batch: number): Value {
    const { config, layout } = withPictures(this.config);
    const { hiddenSize, heads, intermediateSize, layerNormEps, layers, postNorm, activation } = config.vision;
    const get = (name: string) => this.store.get(`${layout.vision}.${name}`);
    const squares = batch * squaresOf(config);
    const perSquare = patchCount(config.vision);
    const positions = get('embeddings.position_embedding.weight');
    const clip = config.vision.encoder === 'clip';
    const embedded = linear(
      tape,
      patches,
      get('embeddings.patch_embedding.weight'),
      hiddenSize,
      clip
        ? {}
        : {
            bias: get('embeddings.patch_embedding.bias'),
            periodic: { parameter: positions, rows: perSquare },
          },
    );
    const length = perSquare + (clip ? 1 : 0);
    let hidden = embedded;
    if (clip) {
      hidden = withLearnedRow(tape, hidden, squares, get('embeddings.class_embedding'), 'first', positions);
      hidden = norm(tape, hidden, get('pre_layrnorm.weight'), layerNormEps, get('pre_layrnorm.bias'));
    }
    for (let i = 0; i < layers; i++) {
      const at = `encoder.layers.${i}`;
      const dense = (x: Value, name: string, out: number, residual?: Value) =>
        linear(tape, x, get(`${at}.${name}.weight`), out, {
          bias: get(`${at}.${name}.bias`),
          ...(residual && { residual }),
        });
      const normed = (x: Value, name: string) =>
        norm(tape, x, get(`${at}.${name}.weight`), layerNormEps, get(`${at}.${name}.bias`));
      const packed = dense(normed(hidden, 'layer_norm1'), 'self_attn.q_proj', 3 * hiddenSize);
      const mixed = attention(tape, packed, {
        batch: squares,
        length,
        heads,
        kvHeads: heads,
        headDim: hiddenSize / heads,
      });
      const attended = dense(mixed, 'self_attn.out_proj', hiddenSize, hidden);
      const inner = gelu(
        tape,
        dense(normed(attended, 'layer_norm2'), 'mlp.fc1', intermediateSize),
        activation,
      );
      hidden = dense(inner, 'mlp.fc2', hiddenSize, attended);
    }
    // The class token is no part of the picture.
    if (clip) hidden = joinTokens(tape, squares, [{ value: hidden, length, from: 1, count: perSquare }]);
    if (!postNorm) return hidden;
    return norm(tape, hidden, get('post_layernorm.weight'), layerNormEps, get('post_layernorm.bias'));
  }

  /** Vision features [B·P, d_v] → image tokens [B·T, d]. @throws RangeError where the model reads no pictures. */
  imageTokens(tape: Tape, features: Value, batch: number): Value {
    const { config, layout } = withPictures(this.config);
    const get = (name: string) => this.store.get(`${layout.connector}.${name}`);
    if (config.connector === 'pixel-shuffle') {
      const shuffled = pixelShuffle(tape, features, batch * squaresOf(config), config.scaleFactor);
      return linear(tape, shuffled, get('modality_projection.proj.weight'), config.text.hiddenSize);
    }
    const dense = (x: Value, name: string) =>
      linear(tape, x, get(`${name}.weight`), config.text.hiddenSize, {
        ...(config.connectorBias && { bias: get(`${name}.bias`) }),
      });
    const tokens = dense(gelu(tape, dense(features, 'linear_1'), 'erf'), 'linear_2');
    if (!config.imageNewline) return tokens;
    return withLearnedRow(tape, tokens, batch, this.store.get(layout.newline!), 'last');
  }

  /** z = body([q ; a]), [B·N, d]. `features` of the vision encoder, none for text alone; `codes` as in `embed`. */
  sequence(tape: Tape, features: Value | undefined, codes: View, layout: DecoderLayout): Value {
    return this.finalNorm(tape, this.prefill(tape, features, codes, layout).hidden);
  }

  /** The body without its final norm, [B·N, d], and every layer's packed projections, which `next` reads and goes on with. */
  prefill(
    tape: Tape,
    features: Value | undefined,
    codes: View,
    layout: DecoderLayout,
  ): { hidden: Value; packed: Value[] } {
    const { text } = this.config;
    const images = features && this.imageTokens(tape, features, layout.batch);
    const imageTokens = images === undefined ? 0 : images.rows / layout.batch;
    const tokens = { ...layout, imageTokens, vocabulary: text.vocabularySize };
    const packed: Value[] = [];
    const hidden = this.layers(
      tape,
      embed(tape, this.table(), text.hiddenSize, codes, tokens, images),
      (value) => {
        packed.push(value);
        return attention(tape, value, { ...layout, ...text });
      },
    );
    return { hidden, packed };
  }

  /** Features of the token at `place` (int32 [1]), ids int32 [B] → [B, d], with keys and values of what came before in `packed`. */
  next(tape: Tape, ids: View, packed: readonly Value[], layout: DecoderLayout, place: View): Value {
    let layer = 0;
    const hidden = this.layers(tape, this.embedText(tape, ids, layout.batch), (value) =>
      decodeAttention(tape, value, packed[layer++]!, { ...layout, ...this.config.text }, place),
    );
    return this.finalNorm(tape, hidden);
  }

  finalNorm(tape: Tape, hidden: Value): Value {
    return norm(tape, hidden, this.store.get(`${this.layout.text}.norm.weight`), this.config.text.rmsNormEps);
  }

  private layers(tape: Tape, embedded: Value, mix: (packed: Value) => Value): Value {
    const { text } = this.config;
    let hidden = embedded;
    for (let i = 0; i < text.layers; i++)
      hidden = decoderBlock(tape, this.store, `${this.layout.text}.layers.${i}`, text, hidden, mix);
    return hidden;
  }

  /** Embeddings of plain text tokens, codes int32 [M] → [M, d]. */
  embedText(tape: Tape, codes: View, rows: number): Value {
    const { hiddenSize, vocabularySize } = this.config.text;
    return embed(tape, this.table(), hiddenSize, codes, {
      batch: 1,
      length: rows,
      imageTokens: 0,
      vocabulary: vocabularySize,
    });
  }

  /** The language head: z [M, d] → logits [M, logitColumns]. */
  head(tape: Tape, z: Value): Value {
    return linear(tape, z, this.tokenTables().head, this.logitColumns);
  }

  /** The weights behind `embedText` and `head`; one and the same where they are tied. */
  tokenTables(): { embeddings: Parameter; head: Parameter } {
    const embeddings = this.table();
    return {
      embeddings,
      head: this.config.tieWordEmbeddings ? embeddings : this.store.get(this.layout.head),
    };
  }

  private table(): Parameter {
    return this.store.get(`${this.layout.text}.embed_tokens.weight`);
  }
}
