import { percentileBand, type Band } from './bands.ts';

/**
 * Mean over seeds and questions with the range that 95 % of two-level resamples give: seeds first, then questions, the same ones for every
 * seed, because every seed answers the same questions.
 * @param values [seed][question]
 */
export function seedBand(values: readonly (readonly number[])[]): Band {
  const seeds = values.length;
  const questions = values[0]?.length ?? 0;
  const count = seeds * questions;
  if (count === 0) return { mean: 0, low: 0, high: 0 };
  const mean = values.flat().reduce((a, b) => a + b, 0) / count;
  return percentileBand(mean, count, (random) => {
    const chosen = Array.from({ length: seeds }, () => values[random.int(seeds)]!);
    let sum = 0;
    for (let i = 0; i < questions; i++) {
      const question = random.int(questions);
      for (const row of chosen) sum += row[question]!;
    }
    return sum / count;
  });
}
