import { z } from 'zod';
import type { VisionConfig } from '../config.ts';
import type { Shapes } from './family.ts';
import { affine, layers } from './shapes.ts';

const count = z.int().positive();

/** `vision_config` of an encoder, with the values that `transformers` assumes where one is not given. */
const encoderSchema = <Act extends 'gelu_pytorch_tanh' | 'quick_gelu'>(defaults: {
  hidden: number;
  heads: number;
  patch: number;
  epsilon: number;
  activation: Act;
}) =>
  z.looseObject({
    hidden_size: count.default(defaults.hidden),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(defaults.heads),
    intermediate_size: count.default(3072),
    patch_size: count.default(defaults.patch),
    image_size: count.default(224),
    num_channels: z.literal(3).default(3),
    layer_norm_eps: z.number().default(defaults.epsilon),
    hidden_act: z.enum(['gelu_pytorch_tanh', 'gelu', 'quick_gelu']).default(defaults.activation),
  });

/** `Idefics3VisionTransformer` and `SmolVLMVisionTransformer`. */
export const idefics3VisionSchema = encoderSchema({
  hidden: 1152,
  heads: 16,
  patch: 32,
  epsilon: 1e-6,
  activation: 'gelu_pytorch_tanh',
});

const usual = { hidden: 768, heads: 12 };

/** `SiglipVisionModel` or `CLIPVisionModel`, the towers of LLaVA. */
export const towerSchema = z.discriminatedUnion('model_type', [
  encoderSchema({ ...usual, patch: 16, epsilon: 1e-6, activation: 'gelu_pytorch_tanh' }).extend({
    model_type: z.literal('siglip_vision_model'),
  }),
  encoderSchema({ ...usual, patch: 32, epsilon: 1e-5, activation: 'quick_gelu' }).extend({
    model_type: z.literal('clip_vision_model'),
  }),
]);

const activations = { gelu_pytorch_tanh: 'tanh', gelu: 'erf', quick_gelu: 'quick' } as const;

/**
 * @param read where the connector reads: behind the last norm, or after a layer counted from the end, −1 the last one.
 * @throws RangeError saying what the numbers do not fit.
 */
export function visionConfig(
  json: z.output<typeof idefics3VisionSchema> | z.output<typeof towerSchema>,
  read: 'norm' | number,
): VisionConfig {
  const { hidden_size: hiddenSize, num_attention_heads: heads, num_hidden_layers: all } = json;
  const headDim = hiddenSize / heads;
  if (headDim % 8 !== 0)
    throw new RangeError(`vision_config: hidden_size / num_attention_heads is ${headDim}, no multiple of 8`);
  const skipped = read === 'norm' ? 0 : -1 - read;
  if (skipped < 0 || skipped >= all)
    throw new RangeError(`vision_feature_layer ${read} is none of ${all} layers counted from the end`);
  return {
    encoder: 'model_type' in json && json.model_type === 'clip_vision_model' ? 'clip' : 'siglip',
    hiddenSize,
    layers: all - skipped,
    heads,
    intermediateSize: json.intermediate_size,
    patchSize: json.patch_size,
    imageSize: json.image_size,
    layerNormEps: json.layer_norm_eps,
    postNorm: read === 'norm',
    activation: activations[json.hidden_act],
  };
}

/** Patches along a side of one square; what is left over at the right and at the bottom is not read. */
export function patchesAcross({
  imageSize,
  patchSize,
}: Pick<VisionConfig, 'imageSize' | 'patchSize'>): number {
  return Math.floor(imageSize / patchSize);
}

/** Patches of one square. */
export function patchCount(vision: Pick<VisionConfig, 'imageSize' | 'patchSize'>): number {
  return patchesAcross(vision) ** 2;
}

/** Tensors of the encoder; its last norm where it is read. */
export function visionShapes(prefix: string, config: VisionConfig): Shapes {
  const { hiddenSize, intermediateSize, patchSize, encoder } = config;
  const clip = encoder === 'clip';
  return [
    ...(clip ? [[`${prefix}.embeddings.class_embedding`, [hiddenSize]] as const] : []),
    ...affine(`${prefix}.embeddings.patch_embedding`, hiddenSize, 3, patchSize, patchSize).slice(
      0,
      clip ? 1 : 2,
    ),
    [`${prefix}.embeddings.position_embedding.weight`, [patchCount(config) + (clip ? 1 : 0), hiddenSize]],
    // As `transformers` spells it.
    ...(clip ? affine(`${prefix}.pre_layrnorm`, hiddenSize) : []),
    ...layers(config.layers, `${prefix}.encoder.layers`, (layer) => [
      ...affine(`${layer}.layer_norm1`, hiddenSize),
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) =>
        affine(`${layer}.self_attn.${name}`, hiddenSize, hiddenSize),
      ),
      ...affine(`${layer}.layer_norm2`, hiddenSize),
      ...affine(`${layer}.mlp.fc1`, intermediateSize, hiddenSize),
      ...affine(`${layer}.mlp.fc2`, hiddenSize, intermediateSize),
    ]),
    ...(config.postNorm ? affine(`${prefix}.post_layernorm`, hiddenSize) : []),
  ];
}
