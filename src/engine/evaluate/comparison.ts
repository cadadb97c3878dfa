import type { Band } from './bands.ts';
import { pairedMarks, scoreDifference, type SeedScores } from './over-seeds.ts';

/** p from which on a difference is chance. */
const level = 0.05;

/** How one student stands against another on the same questions: how many more it answers right, as a fraction, and what may be said of that. */
export interface Comparison extends Band {
  /** Of the first student; `same` where chance may do as much. */
  sign: 'better' | 'worse' | 'same';
  /** Questions that the first answers right more often, over the seeds, than the other; and less often. */
  better: number;
  worse: number;
}

/**
 * Compares two students, each with its seeds. One is better only where the band leaves out 0 and the questions that they answer differently would
 * not fall so far to one side by chance (`chanceOf` below 0.05: six at least, all one way). A bootstrap alone does not see what did not occur: of a few
 * changes that all go one way, hardly a resample has none.
 *
 * Seeds answer the same questions, so what they change is not independent: a question counts once, with its sum over the seeds. How far seeds lie
 * apart is in the band, which resamples them.
 */
export function compareScores(scores: SeedScores, others: SeedScores): Comparison {
  const band = scoreDifference(scores, others);
  const [first, ...rest] = pairedMarks(scores, others);
  const sums = first!.map((mark, question) => rest.reduce((sum, seed) => sum + seed[question]!, mark));
  const certain = (band.low > 0 || band.high < 0) && chanceOf(sums) < level;
  return {
    ...band,
    sign: !certain ? 'same' : band.low > 0 ? 'better' : 'worse',
    better: sums.filter((sum) => sum > 0).length,
    worse: sums.filter((sum) => sum < 0).length,
  };
}

/**
 * Two-sided p of paired differences, one a question: how often their sum would be as far from 0 if a coin decided the sign of each (Fisher 1935, The
 * Design of Experiments; exact). One seed's differences are −1, 0 and 1, and this is McNemar's exact test: a binomial sign test of the questions that
 * one of the two alone answers right.
 * @param differences whole numbers
 */
export function chanceOf(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).filter((size) => size > 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const seen = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // Probability of each sum of those that fell to “+”. Only means of probabilities: nothing overflows, and what underflows is nothing.
  const fallen = new Float64Array(total + 1);
  fallen[0] = 1;
  let most = 0;
  for (const size of sizes) {
    most += size;
    for (let sum = most; sum >= 0; sum--)
      fallen[sum] = (fallen[sum]! + (sum < size ? 0 : fallen[sum - size]!)) / 2;
  }
  return fallen.reduce((p, share, sum) => (Math.abs(2 * sum - total) < seen ? p : p + share), 0);
}
