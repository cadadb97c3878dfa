import { z } from 'zod';
import type { VlmConfig } from '../config.ts';
import { decoderConfig, decoderShapes, llamaSchema } from './decoder.ts';
import type { VlmFamily, VlmLayout } from './family.ts';
import { idefics3VisionSchema, patchesAcross, visionConfig, visionShapes } from './vision.ts';

const layout: VlmLayout = {
  vision: 'model.vision_model',
  connector: 'model.connector',
  text: 'model.text_model',
  head: 'lm_head.weight',
};
const frame = '<fake_token_around_image>';

/** A pixel shuffle makes an image token of every block of patches. */
function idefics3Family(key: string, name: string): VlmFamily {
  return {
    key,
    names: { family: name, encoder: 'SigLIP', decoder: 'Llama' },
    layout,
    renames: [],
    picture: {
      token: '<image>',
      opening: [frame, '<global-img>'],
      closing: [frame],
      square: (row, column) => [frame, `<row_${row}_col_${column}>`],
    },
    schema: z
      .looseObject({
        text_config: llamaSchema,
        vision_config: idefics3VisionSchema,
        image_token_id: z.int(),
        scale_factor: z.int().positive(),
        tie_word_embeddings: z.boolean().nullish(),
      })
      .transform((json): VlmConfig => {
        const vision = visionConfig(json.vision_config, 'norm');
        const across = patchesAcross(vision) / json.scale_factor;
        if (!Number.isInteger(across))
          throw new RangeError(
            `scale_factor ${json.scale_factor} does not divide the ${patchesAcross(vision)} patches along a side`,
          );
        return {
          family: key,
          vision,
          connector: 'pixel-shuffle',
          connectorBias: false,
          imageNewline: false,
          text: decoderConfig(json.text_config),
          imageTokenId: json.image_token_id,
          grid: 1,
          imageTokens: across ** 2,
          scaleFactor: json.scale_factor,
          tieWordEmbeddings: json.tie_word_embeddings ?? json.text_config.tie_word_embeddings ?? false,
        };
      }),
    tensors: (config) => ({
      vision: visionShapes(layout.vision, config.vision),
      connector: [
        [
          `${layout.connector}.modality_projection.proj.weight`,
          [config.text.hiddenSize, config.vision.hiddenSize * config.scaleFactor ** 2],
        ],
      ],
      ...decoderShapes(layout, config),
    }),
  };
}

/** Idefics3 with SigLIP and Llama. */
export const idefics3 = idefics3Family('idefics3', 'Idefics3');

/** SmolVLM and SmolVLM2, which are Idefics3 by another name. */
export const smolvlm = idefics3Family('smolvlm', 'SmolVLM');
