import type { TextOnlyConfig } from '../config.ts';
import { decoderConfig, decoderShapes, llamaSchema } from './decoder.ts';
import type { TextFamily, TextLayout } from './family.ts';

const layout: TextLayout = { text: 'model', head: 'lm_head.weight' };

/** Llama alone, a model of text. */
export const llama: TextFamily = {
  key: 'llama',
  names: { family: 'Llama', decoder: 'Llama' },
  layout,
  schema: llamaSchema.transform((json): TextOnlyConfig => ({
    family: 'llama',
    text: decoderConfig(json),
    tieWordEmbeddings: json.tie_word_embeddings ?? false,
  })),
  tensors: (config) => decoderShapes(layout, config),
};
