/** How probable a model finds one answer to one question. */
export interface Likelihood {
  /** −log p, summed over the answer's tokens and the end of sequence. */
  nats: number;
  /** The answer's tokens, end-of-sequence included. */
  tokens: number;
}

/** exp of the mean −log p of all answers' tokens. */
export function perplexity(likelihoods: readonly Likelihood[]): number {
  const sum = (read: (one: Likelihood) => number) => likelihoods.reduce((total, one) => total + read(one), 0);
  return Math.exp(sum(({ nats }) => nats) / sum(({ tokens }) => tokens));
}

/** p of every answer as a whole, 0–1. */
export function probabilities(likelihoods: readonly Likelihood[]): number[] {
  return likelihoods.map(({ nats }) => Math.exp(-nats));
}

const bins = 10;

/**
 * Expected calibration error (Guo et al. 2017): how far confidence and the share of right answers lie apart, in the mean over ten bins of equal
 * width, each with the weight of its answers. 0 is perfect; 0–1.
 * @param confidences of each answer that the model gave, 0–1
 */
export function calibrationError(confidences: readonly number[], right: readonly boolean[]): number {
  if (confidences.length === 0) return 0;
  const gaps = new Float64Array(bins);
  confidences.forEach((confidence, i) => {
    gaps[Math.min(bins - 1, Math.floor(confidence * bins))]! += confidence - Number(right[i]);
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidences.length;
}
