import { z } from 'zod';
import type { VisionConfig } from '../config.ts';
import type { Shapes } from './family.ts';
import { affine, layers } from './shapes.ts';

/** `vision_config` of a SigLIP encoder (`SiglipVisionModel`, `Idefics3VisionTransformer`). */
export const siglipSchema = z.looseObject({
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  patch_size: z.int().positive(),
  image_size: z.int().positive(),
  layer_norm_eps: z.number().default(1e-6),
  hidden_act: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
});

export function siglipConfig(json: z.output<typeof siglipSchema>, postNorm: boolean): VisionConfig {
  return {
    hiddenSize: json.hidden_size,
    layers: json.num_hidden_layers,
    heads: json.num_attention_heads,
    intermediateSize: json.intermediate_size,
    patchSize: json.patch_size,
    imageSize: json.image_size,
    layerNormEps: json.layer_norm_eps,
    postNorm,
  };
}

/** Patches of one picture. */
export function patchCount({ imageSize, patchSize }: VisionConfig): number {
  return (imageSize / patchSize) ** 2;
}

/** Tensors of the encoder; its last norm where it is read. */
export function siglipShapes(prefix: string, config: VisionConfig): Shapes {
  const { hiddenSize, intermediateSize, patchSize } = config;
  return [
    ...affine(`${prefix}.embeddings.patch_embedding`, hiddenSize, 3, patchSize, patchSize),
    [`${prefix}.embeddings.position_embedding.weight`, [patchCount(config), hiddenSize]],
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
