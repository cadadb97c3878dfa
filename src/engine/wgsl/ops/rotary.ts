import type { Memory } from '../core/memory.ts';
import type { View } from '../core/view.ts';

export interface RotaryTables {
  cos: View;
  sin: View;
  positions: number;
}

/** Uploads cos and sin of position·θ^(−2i/headDim) for positions 0…count−1. */
export function rotaryTables(
  memory: Memory,
  { headDim, ropeTheta }: { headDim: number; ropeTheta: number },
  positions: number,
): RotaryTables {
  const { cos, sin } = rotaryValues(positions, headDim, ropeTheta);
  const upload = (data: Float32Array<ArrayBuffer>) => {
    const view = memory.allocate(data.length);
    memory.upload(view, data);
    return view;
  };
  return { cos: upload(cos), sin: upload(sin), positions };
}

/** cos and sin of position·θ^(−2i/headDim). */
export function rotaryValues(
  positions: number,
  headDim: number,
  theta: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
  const half = headDim / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** ((-2 * i) / headDim);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}
