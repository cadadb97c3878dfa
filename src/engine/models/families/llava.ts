import { z } from 'zod';
import type { VlmConfig } from '../config.ts';
import { anyDecoderSchema, decoderConfig, decoderShapes } from './decoder.ts';
import type { VlmFamily, VlmLayout } from './family.ts';
import { affine } from './shapes.ts';
import { patchCount, towerSchema, visionConfig, visionShapes } from './vision.ts';

const layout: VlmLayout = {
  vision: 'vision_tower.vision_model',
  connector: 'multi_modal_projector',
  text: 'language_model.model',
  head: 'language_model.lm_head.weight',
  module: 'model.language_model',
  newline: 'image_newline',
};

/** Since 4.52 everything but the head stands under `model.` and the decoder has no `model.` of its own; since 5.6 nor has the tower a `vision_model.`. */
const renames: VlmFamily['renames'] = [
  [/^model\.(?=vision_tower\.|multi_modal_projector\.|language_model\.|image_newline$)/, ''],
  [/^vision_tower\.(?!vision_model\.)/, 'vision_tower.vision_model.'],
  [/^language_model\.(?!model\.|lm_head\.)/, 'language_model.model.'],
  [/^lm_head\./, 'language_model.lm_head.'],
];

/** An MLP makes an image token of every patch. */
function llavaFamily(
  key: string,
  name: string,
  defaults: { layer: number; strategy: 'full' | 'default' },
): VlmFamily {
  const newline = key === 'llava_onevision';
  return {
    key,
    names: { family: name, encoder: 'SigLIP', decoder: 'Qwen2' },
    layout,
    renames,
    picture: { token: '<image>', opening: [], closing: [] },
    schema: z
      .looseObject({
        text_config: anyDecoderSchema,
        vision_config: towerSchema,
        image_token_index: z.int().nullish(),
        image_token_id: z.int().nullish(),
        vision_feature_layer: z.int().negative().default(defaults.layer),
        vision_feature_select_strategy: z.enum(['full', 'default']).default(defaults.strategy),
        projector_hidden_act: z.literal('gelu').default('gelu'),
        multimodal_projector_bias: z.boolean().default(true),
        tie_word_embeddings: z.boolean().nullish(),
      })
      .transform((json): VlmConfig => {
        const vision = visionConfig(json.vision_config, json.vision_feature_layer);
        // “default” leaves the class token out, which SigLIP does not have.
        const strategy = vision.encoder === 'clip' ? 'default' : 'full';
        if (json.vision_feature_select_strategy !== strategy)
          throw new RangeError(
            `vision_feature_select_strategy “${json.vision_feature_select_strategy}” of a ${json.vision_config.model_type} is not known`,
          );
        const imageTokenId = json.image_token_index ?? json.image_token_id;
        if (imageTokenId == null) throw new RangeError('image_token_index is missing');
        return {
          family: key,
          vision,
          connector: 'mlp',
          connectorBias: json.multimodal_projector_bias,
          imageNewline: newline,
          text: decoderConfig(json.text_config),
          imageTokenId,
          grid: 1,
          imageTokens: patchCount(vision) + (newline ? 1 : 0),
          scaleFactor: 1,
          tieWordEmbeddings: json.tie_word_embeddings ?? json.text_config.tie_word_embeddings ?? false,
        };
      }),
    tensors: (config) => {
      const bias = config.connectorBias ? 2 : 1;
      const { hiddenSize } = config.text;
      return {
        vision: visionShapes(layout.vision, config.vision),
        connector: [
          ...affine(`${layout.connector}.linear_1`, hiddenSize, config.vision.hiddenSize).slice(0, bias),
          ...affine(`${layout.connector}.linear_2`, hiddenSize, hiddenSize).slice(0, bias),
          ...(newline ? [['image_newline', [hiddenSize]] as const] : []),
        ],
        ...decoderShapes(layout, config),
      };
    },
  };
}

/** LLaVA with a SigLIP or CLIP tower and a Llama or Qwen decoder. */
export const llava = llavaFamily('llava', 'LLaVA', { layer: -2, strategy: 'default' });

/** LLaVA-OneVision with one tile a picture, as it reads each of several pictures: its patches and a newline. */
export const llavaOnevision = llavaFamily('llava_onevision', 'LLaVA-OneVision', {
  layer: -1,
  strategy: 'full',
});
