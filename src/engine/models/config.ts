import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { whatIsWrong, withInput } from '../what-is-wrong.ts';

/** SigLIP vision transformer. */
export interface VisionConfig {
  hiddenSize: number;
  layers: number;
  heads: number;
  intermediateSize: number;
  patchSize: number;
  imageSize: number;
  layerNormEps: number;
}

/** Llama or Qwen2 decoder. */
export interface TextConfig {
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediateSize: number;
  vocabularySize: number;
  rmsNormEps: number;
  ropeTheta: number;
  /** Biases on q, k and v (Qwen2). */
  attentionBias: boolean;
}

export interface VlmConfig {
  family: 'llava' | 'idefics3';
  vision: VisionConfig;
  text: TextConfig;
  imageTokenId: number;
  /** Tokens one picture takes in the decoder. */
  imageTokens: number;
  /** Pixel-shuffle factor; 1 for LLaVA. */
  scaleFactor: number;
  /** The head is the token embedding. */
  tieWordEmbeddings: boolean;
}

const visionSchema = z.looseObject({
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  patch_size: z.int().positive(),
  image_size: z.int().positive(),
  layer_norm_eps: z.number().default(1e-6),
  hidden_act: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
});

const textSchema = z.looseObject({
  model_type: z.string(),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  head_dim: z.int().positive().optional(),
  intermediate_size: z.int().positive(),
  vocab_size: z.int().positive(),
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().default(10000),
  hidden_act: z.literal('silu').default('silu'),
  tie_word_embeddings: z.boolean().optional(),
});

const llavaSchema = z.looseObject({
  model_type: z.literal('llava'),
  text_config: textSchema.extend({ model_type: z.literal('qwen2') }),
  vision_config: visionSchema,
  image_token_index: z.int(),
  vision_feature_layer: z.literal(-1),
  vision_feature_select_strategy: z.literal('full'),
  projector_hidden_act: z.literal('gelu').default('gelu'),
  tie_word_embeddings: z.boolean().optional(),
});

const idefics3Schema = z.looseObject({
  model_type: z.literal('idefics3'),
  text_config: textSchema.extend({ model_type: z.literal('llama') }),
  vision_config: visionSchema,
  image_token_id: z.int(),
  scale_factor: z.int().positive(),
  tie_word_embeddings: z.boolean().optional(),
});

const configSchema = z.discriminatedUnion('model_type', [llavaSchema, idefics3Schema]);

/**
 * Reads a `config.json` of either family with the keys `transformers` writes.
 * @throws EngineError `file-unsupported` naming the first key that does not fit.
 */
export function parseConfig(json: unknown): VlmConfig {
  const result = configSchema.safeParse(json, withInput);
  if (!result.success)
    throw new EngineError(
      'file-unsupported',
      `config.json is not of a supported model: ${whatIsWrong(result.error)}.`,
      'Use an Idefics3 (SmolVLM) checkpoint with a Llama decoder, or a LLaVA checkpoint with SigLIP and Qwen2.',
      { cause: result.error },
    );
  const config = result.data;
  const { vision_config: v, text_config: t } = config;
  const patches = (v.image_size / v.patch_size) ** 2;
  const scaleFactor = config.model_type === 'idefics3' ? config.scale_factor : 1;
  return {
    family: config.model_type,
    vision: {
      hiddenSize: v.hidden_size,
      layers: v.num_hidden_layers,
      heads: v.num_attention_heads,
      intermediateSize: v.intermediate_size,
      patchSize: v.patch_size,
      imageSize: v.image_size,
      layerNormEps: v.layer_norm_eps,
    },
    text: {
      hiddenSize: t.hidden_size,
      layers: t.num_hidden_layers,
      heads: t.num_attention_heads,
      kvHeads: t.num_key_value_heads ?? t.num_attention_heads,
      headDim: t.head_dim ?? t.hidden_size / t.num_attention_heads,
      intermediateSize: t.intermediate_size,
      vocabularySize: t.vocab_size,
      rmsNormEps: t.rms_norm_eps,
      ropeTheta: t.rope_theta,
      attentionBias: config.model_type === 'llava',
    },
    imageTokenId: config.model_type === 'llava' ? config.image_token_index : config.image_token_id,
    imageTokens: patches / scaleFactor ** 2,
    scaleFactor,
    tieWordEmbeddings: config.tie_word_embeddings ?? t.tie_word_embeddings ?? false,
  };
}
