import type { Lora } from '../recipe/recipe.ts';
import type { BlockShape } from './recalibrator-shapes.ts';

/** What of a decoder decides how large its adapters are. */
type Decoder = BlockShape & { layers: number };

/** A linear layer y = W·x with W [out, columns], by its name within the decoder. */
interface AdaptedLayer {
  name: string;
  out: number;
  columns: number;
}

/** What the adapters' product B·A is multiplied by. */
export function loraScale({ rank, alpha }: Lora): number {
  return alpha / rank;
}

/** The linear layers of a decoder that LoRA adapts, block by block. */
export function loraLayers(text: Decoder, { targets }: Lora): AdaptedLayer[] {
  const { hiddenSize: width, intermediateSize: inner } = text;
  const [query, keys] = [text.heads * text.headDim, text.kvHeads * text.headDim];
  const layers = {
    q_proj: { name: 'self_attn.q_proj', out: query, columns: width },
    k_proj: { name: 'self_attn.k_proj', out: keys, columns: width },
    v_proj: { name: 'self_attn.v_proj', out: keys, columns: width },
    o_proj: { name: 'self_attn.o_proj', out: width, columns: query },
    gate_proj: { name: 'mlp.gate_proj', out: inner, columns: width },
    up_proj: { name: 'mlp.up_proj', out: inner, columns: width },
    down_proj: { name: 'mlp.down_proj', out: width, columns: inner },
  };
  return Array.from({ length: text.layers }, (_, block) =>
    targets.map((target) => ({ ...layers[target], name: `layers.${block}.${layers[target].name}` })),
  ).flat();
}

/** How many numbers a decoder's adapters have. */
export function loraNumbers(text: Decoder, lora: Lora): number {
  return loraLayers(text, lora).reduce((sum, { out, columns }) => sum + lora.rank * (out + columns), 0);
}
