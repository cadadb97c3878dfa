import { z } from 'zod';
import type { VlmConfig } from '../config.ts';
import { decoderConfig, decoderShapes, llamaSchema } from './decoder.ts';
import type { VlmFamily, VlmLayout } from './family.ts';
import { patchCount, siglipConfig, siglipSchema, siglipShapes } from './siglip.ts';

const layout: VlmLayout = {
  vision: 'model.vision_model',
  connector: 'model.connector',
  text: 'model.text_model',
  head: 'lm_head.weight',
};
const frame = '<fake_token_around_image>';

/** Idefics3 (SmolVLM) with SigLIP and Llama: a pixel shuffle makes an image token of every block of patches. */
export const idefics3: VlmFamily = {
  key: 'idefics3',
  names: { family: 'Idefics3', encoder: 'SigLIP', decoder: 'Llama' },
  layout,
  picture: { token: '<image>', opening: [frame, '<global-img>'], closing: [frame] },
  schema: z
    .looseObject({
      text_config: llamaSchema,
      vision_config: siglipSchema,
      image_token_id: z.int(),
      scale_factor: z.int().positive(),
      tie_word_embeddings: z.boolean().optional(),
    })
    .transform((json): VlmConfig => {
      const vision = siglipConfig(json.vision_config, true);
      return {
        family: 'idefics3',
        vision,
        connector: 'pixel-shuffle',
        text: decoderConfig(json.text_config),
        imageTokenId: json.image_token_id,
        imageTokens: patchCount(vision) / json.scale_factor ** 2,
        scaleFactor: json.scale_factor,
        tieWordEmbeddings: json.tie_word_embeddings ?? json.text_config.tie_word_embeddings ?? false,
      };
    }),
  tensors: (config) => ({
    vision: siglipShapes(layout.vision, config.vision),
    connector: [
      [
        `${layout.connector}.modality_projection.proj.weight`,
        [config.text.hiddenSize, config.vision.hiddenSize * config.scaleFactor ** 2],
      ],
    ],
    ...decoderShapes(layout, config),
  }),
};
