import type { TextConfig } from './config.ts';

export type Rotary = Pick<TextConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>;

/** Angle per position of every pair of a head, [headDim/2]: θ^(−2i/headDim), stretched where the configuration says so (`modeling_rope_utils`). */
export function rotaryFrequencies({ headDim, ropeTheta, ropeScaling: scaling }: Rotary): number[] {
  return Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = ropeTheta ** ((-2 * i) / headDim);
    if (scaling === undefined) return frequency;
    if (scaling.type === 'linear') return frequency / scaling.factor;
    const { factor, lowFactor, highFactor, originalLength } = scaling;
    // How many turns the original context has room for: many stay, few are stretched, between them it goes over smoothly.
    const turns = (originalLength * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - lowFactor) / (highFactor - lowFactor)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}
