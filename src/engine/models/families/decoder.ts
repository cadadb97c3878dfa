import { z } from 'zod';
import type { ModelConfig, RopeScaling, TextConfig } from '../config.ts';
import type { Shapes, TextLayout } from './family.ts';
import { affine, layers } from './shapes.ts';

const count = z.int().positive();

/** `rope_scaling`, or `rope_parameters` of transformers 5. */
const ropeSchema = z
  .looseObject({
    rope_type: z.enum(['default', 'linear', 'llama3']).optional(),
    type: z.enum(['default', 'linear', 'llama3']).optional(),
    rope_theta: z.number().positive().optional(),
    factor: z.number().positive().optional(),
    low_freq_factor: z.number().positive().optional(),
    high_freq_factor: z.number().positive().optional(),
    original_max_position_embeddings: count.optional(),
  })
  .transform((rope, context): { theta?: number; scaling?: RopeScaling } => {
    const need = (
      key: 'factor' | 'low_freq_factor' | 'high_freq_factor' | 'original_max_position_embeddings',
    ) => {
      const value = rope[key];
      if (value === undefined)
        context.issues.push({ code: 'custom', path: [key], message: 'is missing', input: rope });
      return value ?? 1;
    };
    const type = rope.rope_type ?? rope.type ?? 'default';
    const scaling: RopeScaling | undefined =
      type === 'linear'
        ? { type, factor: need('factor') }
        : type === 'llama3'
          ? {
              type,
              factor: need('factor'),
              lowFactor: need('low_freq_factor'),
              highFactor: need('high_freq_factor'),
              originalLength: need('original_max_position_embeddings'),
            }
          : undefined;
    return {
      ...(rope.rope_theta !== undefined && { theta: rope.rope_theta }),
      ...(scaling && { scaling }),
    };
  });

const decoderSchema = z.looseObject({
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  vocab_size: count,
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  rope_interleaved: z.literal(false).nullish(),
  qk_layer_norms: z.literal(false).nullish(),
  hidden_act: z.literal('silu').default('silu'),
  layer_types: z.array(z.literal('full_attention')).nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});

const noBias = z.literal(false).nullish();

/** config.json of `LlamaForCausalLM` without biases, or the `text_config` of a model around it. */
export const llamaSchema = decoderSchema.extend({
  model_type: z.literal('llama'),
  attention_bias: noBias,
  mlp_bias: noBias,
});

/** config.json of `Qwen2ForCausalLM`, or the `text_config` of a model around it. */
export const qwen2Schema = decoderSchema.extend({
  model_type: z.literal('qwen2'),
  use_sliding_window: z.literal(false).nullish(),
});

/** config.json of `Qwen3ForCausalLM`, or the `text_config` of a model around it. */
export const qwen3Schema = decoderSchema.extend({
  model_type: z.literal('qwen3'),
  use_sliding_window: z.literal(false).nullish(),
  attention_bias: noBias,
  head_dim: count.nullish().transform((size) => size ?? 128),
});

/** `text_config` of a model that may have any of them. */
export const anyDecoderSchema = z.discriminatedUnion('model_type', [llamaSchema, qwen2Schema, qwen3Schema]);

/** @throws RangeError saying what the numbers do not fit. */
export function decoderConfig(json: z.output<typeof anyDecoderSchema>): TextConfig {
  const { hidden_size: hiddenSize, num_attention_heads: heads } = json;
  const kvHeads = json.num_key_value_heads ?? heads;
  const headDim = json.head_dim ?? hiddenSize / heads;
  if (heads % kvHeads !== 0)
    throw new RangeError(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${kvHeads}`);
  if (headDim % 8 !== 0) throw new RangeError(`head_dim ${headDim} is no multiple of 8`);
  if (hiddenSize % 4 !== 0) throw new RangeError(`hidden_size ${hiddenSize} is no multiple of 4`);
  const rope = json.rope_parameters ?? json.rope_scaling;
  return {
    hiddenSize,
    layers: json.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize: json.intermediate_size,
    vocabularySize: json.vocab_size,
    rmsNormEps: json.rms_norm_eps,
    ropeTheta: rope?.theta ?? json.rope_theta ?? 10000,
    ...(rope?.scaling && { ropeScaling: rope.scaling }),
    attentionBias: json.model_type === 'qwen2',
    headNorms: json.model_type === 'qwen3',
  };
}

/** Tensors of token embedding, decoder with its last norm, and a head that is not tied. */
export function decoderShapes(
  { text, head }: TextLayout,
  { text: t, tieWordEmbeddings }: ModelConfig,
): { embedding: Shapes; body: Shapes; head: Shapes } {
  const [q, kv] = [t.heads * t.headDim, t.kvHeads * t.headDim];
  const projection = (name: string, out: number): Shapes =>
    affine(name, out, t.hiddenSize).slice(0, t.attentionBias ? 2 : 1);
  return {
    embedding: [[`${text}.embed_tokens.weight`, [t.vocabularySize, t.hiddenSize]]],
    body: [
      ...layers(t.layers, `${text}.layers`, (layer) => [
        [`${layer}.input_layernorm.weight`, [t.hiddenSize]],
        ...projection(`${layer}.self_attn.q_proj`, q),
        ...projection(`${layer}.self_attn.k_proj`, kv),
        ...projection(`${layer}.self_attn.v_proj`, kv),
        ...(t.headNorms
          ? ['q_norm', 'k_norm'].map((name) => [`${layer}.self_attn.${name}.weight`, [t.headDim]] as const)
          : []),
        [`${layer}.self_attn.o_proj.weight`, [t.hiddenSize, q]],
        [`${layer}.post_attention_layernorm.weight`, [t.hiddenSize]],
        [`${layer}.mlp.gate_proj.weight`, [t.intermediateSize, t.hiddenSize]],
        [`${layer}.mlp.up_proj.weight`, [t.intermediateSize, t.hiddenSize]],
        [`${layer}.mlp.down_proj.weight`, [t.hiddenSize, t.intermediateSize]],
      ]),
      [`${text}.norm.weight`, [t.hiddenSize]],
    ],
    head: tieWordEmbeddings ? [] : [[head, [t.vocabularySize, t.hiddenSize]]],
  };
}
