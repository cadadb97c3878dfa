import { weightedMean } from '../tfjs/ops/token-losses.ts';
import { klRows, logMixture, logProbabilityRows } from './distributions.ts';
import type { LogitObjective } from './objective.ts';
import { sameTokenRows } from './one-to-one.ts';

/** Skew KL divergence, Ko et al. 2024 (DistiLLM), eq. 4; the student never has to cover what the mixture covers. */
export const skewKl: LogitObjective = {
  key: 'skew-kl',
  label: 'Skew KL',
  tokenizers: 'same',
  vocabulary: 'sameTokens',
  references: ['https://arxiv.org/abs/2402.03898', 'https://github.com/jongwooko/distillm'],
  weights: { distillation: 1, crossEntropy: 0 },
  loss(inputs, options) {
    const { lambda, direction, temperature } = options['skew-kl'];
    const { teacher, weights } = sameTokenRows(inputs);
    const logP = logProbabilityRows(teacher, temperature);
    const logQ = logProbabilityRows(inputs.student.logits, temperature);
    const [first, second] = direction === 'forward' ? [logP, logQ] : [logQ, logP];
    const mixed = lambda === 0 ? second : logMixture(lambda, first, second);
    return weightedMean(klRows(first, mixed), weights);
  },
};
