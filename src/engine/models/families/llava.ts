import { z } from 'zod';
import type { VlmConfig } from '../config.ts';
import { decoderConfig, decoderShapes, qwen2Schema } from './decoder.ts';
import type { VlmFamily, VlmLayout } from './family.ts';
import { affine } from './shapes.ts';
import { patchCount, siglipConfig, siglipSchema, siglipShapes } from './siglip.ts';

const layout: VlmLayout = {
  vision: 'vision_tower.vision_model',
  connector: 'multi_modal_projector',
  text: 'language_model.model',
  head: 'language_model.lm_head.weight',
};

/** LLaVA with a SigLIP tower and Qwen2 (llava-interleave-qwen): an MLP makes an image token of every patch. */
export const llava: VlmFamily = {
  key: 'llava',
  names: { family: 'LLaVA', encoder: 'SigLIP', decoder: 'Qwen2' },
  layout,
  picture: { token: '<image>', opening: [], closing: [] },
  schema: z
    .looseObject({
      text_config: qwen2Schema,
      vision_config: siglipSchema,
      image_token_index: z.int(),
      vision_feature_layer: z.literal(-1),
      vision_feature_select_strategy: z.literal('full'),
      projector_hidden_act: z.literal('gelu').default('gelu'),
      tie_word_embeddings: z.boolean().optional(),
    })
    .transform((json): VlmConfig => {
      // The features are those of the last layer, before the encoder's last norm.
      const vision = siglipConfig(json.vision_config, false);
      return {
        family: 'llava',
        vision,
        connector: 'mlp',
        text: decoderConfig(json.text_config),
        imageTokenId: json.image_token_index,
        imageTokens: patchCount(vision),
        scaleFactor: 1,
        tieWordEmbeddings: json.tie_word_embeddings ?? json.text_config.tie_word_embeddings ?? false,
      };
    }),
  tensors: (config) => ({
    vision: siglipShapes(layout.vision, config.vision),
    connector: [
      ...affine(`${layout.connector}.linear_1`, config.text.hiddenSize, config.vision.hiddenSize),
      ...affine(`${layout.connector}.linear_2`, config.text.hiddenSize, config.text.hiddenSize),
    ],
    ...decoderShapes(layout, config),
  }),
};
