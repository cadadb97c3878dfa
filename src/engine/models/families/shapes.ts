import type { Shapes } from './family.ts';

/** A layer's weight [out, …inputs] and its bias [out]. */
export const affine = (name: string, out: number, ...inputs: number[]): Shapes => [
  [`${name}.weight`, [out, ...inputs]],
  [`${name}.bias`, [out]],
];

/** The tensors of every layer, prefixes `<prefix>.0`, `<prefix>.1`, … */
export function layers(count: number, prefix: string, shapes: (layer: string) => Shapes): Shapes {
  return Array.from({ length: count }, (_, i) => shapes(`${prefix}.${i}`)).flat();
}
