import { loraLayers } from '../../method/lora-layers.ts';
import type { Lora } from '../../recipe/recipe.ts';
import type { ModelConfig } from '../config.ts';
import { familyOf } from './families.ts';
import type { Shapes } from './family.ts';

/** The names of the two matrices that LoRA puts beside a linear layer, by PEFT's; B·A has the shape of the layer's weight. */
export function adapterNames(layer: string): { a: string; b: string } {
  return { a: `${layer}.lora_A.weight`, b: `${layer}.lora_B.weight` };
}

/** Names and shapes of LoRA's matrices beside a model's decoder: A [rank, in], B [out, rank]; none without LoRA. */
export function loraShapes(config: ModelConfig, lora: Lora | undefined): Shapes {
  if (lora === undefined) return [];
  const { text } = familyOf(config).layout;
  return loraLayers(config.text, lora).flatMap(({ name, out, columns }) => {
    const { a, b } = adapterNames(`${text}.${name}`);
    return [[a, [lora.rank, columns]] as const, [b, [out, lora.rank]] as const];
  });
}
