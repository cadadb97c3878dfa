import { z } from 'zod';
import type { ModelConfig, TextConfig } from '../config.ts';
import type { Shapes, TextLayout } from './family.ts';
import { affine, layers } from './shapes.ts';

const decoderSchema = z.looseObject({
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  head_dim: z.int().positive().optional(),
  intermediate_size: z.int().positive(),
  vocab_size: z.int().positive(),
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().default(10000),
  rope_scaling: z.null().optional(),
  hidden_act: z.literal('silu').default('silu'),
  tie_word_embeddings: z.boolean().optional(),
});

/** config.json of `LlamaForCausalLM` without biases, or the `text_config` of a model around it. */
export const llamaSchema = decoderSchema.extend({
  model_type: z.literal('llama'),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

/** config.json of `Qwen2ForCausalLM`, or the `text_config` of a model around it. */
export const qwen2Schema = decoderSchema.extend({
  model_type: z.literal('qwen2'),
  use_sliding_window: z.literal(false).default(false),
});

export function decoderConfig(json: z.output<typeof llamaSchema> | z.output<typeof qwen2Schema>): TextConfig {
  return {
    hiddenSize: json.hidden_size,
    layers: json.num_hidden_layers,
    heads: json.num_attention_heads,
    kvHeads: json.num_key_value_heads ?? json.num_attention_heads,
    headDim: json.head_dim ?? json.hidden_size / json.num_attention_heads,
    intermediateSize: json.intermediate_size,
    vocabularySize: json.vocab_size,
    rmsNormEps: json.rms_norm_eps,
    ropeTheta: json.rope_theta,
    attentionBias: json.model_type === 'qwen2',
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
