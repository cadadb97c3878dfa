import type { Memory } from '../core/memory.ts';
import type { View } from '../core/view.ts';
import { rotaryFrequencies, type Rotary } from '../../models/rotary-frequencies.ts';

export interface RotaryTables {
  cos: View;
  sin: View;
  positions: number;
}

/** Uploads cos and sin of position·frequency for positions 0…count−1. */
export function rotaryTables(memory: Memory, text: Rotary, positions: number): RotaryTables {
  const { cos, sin } = rotaryValues(positions, text);
  const upload = (data: Float32Array<ArrayBuffer>) => {
    const view = memory.allocate(data.length);
    memory.upload(view, data);
    return view;
  };
  return { cos: upload(cos), sin: upload(sin), positions };
}

/** cos and sin of position·frequency, [positions, headDim/2] each. */
export function rotaryValues(
  positions: number,
  text: Rotary,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
  const frequencies = rotaryFrequencies(text);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * frequencies[i]!;
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}
