import type { z } from 'zod';
import type { TextOnlyConfig } from '../config.ts';
import {
  decoderConfig,
  decoderShapes,
  llamaSchema,
  qwen2Schema,
  qwen3Schema,
  type anyDecoderSchema,
} from './decoder.ts';
import type { TextFamily, TextLayout } from './family.ts';

const layout: TextLayout = { text: 'model', head: 'lm_head.weight' };

/** A decoder alone, a model of text. */
function textFamily(
  key: string,
  name: string,
  schema: z.ZodType<z.output<typeof anyDecoderSchema>>,
): TextFamily {
  return {
    key,
    names: { family: name, decoder: name },
    layout,
    renames: [],
    schema: schema.transform((json): TextOnlyConfig => ({
      family: key,
      text: decoderConfig(json),
      tieWordEmbeddings: json.tie_word_embeddings ?? false,
    })),
    tensors: (config) => decoderShapes(layout, config),
  };
}

export const llama = textFamily('llama', 'Llama', llamaSchema);
export const qwen2 = textFamily('qwen2', 'Qwen2', qwen2Schema);
export const qwen3 = textFamily('qwen3', 'Qwen3', qwen3Schema);
