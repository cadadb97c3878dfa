import type { TextOnlyConfig } from '../config.ts';
import { decoderConfig, decoderShapes, qwen2Schema } from './decoder.ts';
import type { TextFamily, TextLayout } from './family.ts';

const layout: TextLayout = { text: 'model', head: 'lm_head.weight' };

/** Qwen2 alone, a model of text. */
export const qwen2: TextFamily = {
  key: 'qwen2',
  names: { family: 'Qwen2', decoder: 'Qwen2' },
  layout,
  schema: qwen2Schema.transform((json): TextOnlyConfig => ({
    family: 'qwen2',
    text: decoderConfig(json),
    tieWordEmbeddings: json.tie_word_embeddings ?? false,
  })),
  tensors: (config) => decoderShapes(layout, config),
};
