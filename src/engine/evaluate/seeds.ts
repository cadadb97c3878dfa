import { Random } from '../random.ts';
import type { Band } from './bands.ts';

const resamples = 2000;

/**
 * Mean over seeds and questions with the range that 95 % of two-level resamples give: seeds first, then questions, the same ones for every
 * seed, because every seed answers the same questions.
 * @param values [seed][question]
 */
export function seedBand(values: readonly (readonly number[])[]): Band {
  const seeds = values.length;
  const questions = values[0]?.length ?? 0;
  if (seeds === 0 || questions === 0) return { mean: 0, low: 0, high: 0 };
  const random = new Random(seeds * questions);
  const means = Array.from({ length: resamples }, () => {
    const chosen = Array.from({ length: seeds }, () => values[random.int(seeds)]!);
    let sum = 0;
    for (let i = 0; i < questions; i++) {
      const question = random.int(questions);
      for (const row of chosen) sum += row[question]!;
    }
    return sum / (seeds * questions);
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  const all = values.flat();
  return { mean: all.reduce((a, b) => a + b, 0) / all.length, low: at(0.025), high: at(0.975) };
}
