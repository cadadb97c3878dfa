import { weightedMean } from '../kernels/token-losses.ts';
import { klRows, logMixture, logProbabilityRows } from './distributions.ts';
import type { LogitObjective } from './objective.ts';
import { pairPositions, sameLabelWeights } from './paired-positions.ts';
import { sameVocabulary } from './same-vocabulary.ts';

/** Skew KL divergence, Ko et al. 2024 (DistiLLM), eq. 4; the student never has to cover what the mixture covers. */
export const skewKl: LogitObjective = {
  key: 'skew-kl',
  label: 'Skew KL',
  tokenizers: 'same',
  formula: '\\mathrm{KL}\\big(p\\,\\big\\|\\,\\lambda p+(1-\\lambda)q\\big)',
  description:
    'KL against a mixture with a little of the teacher in it, which keeps the gradient bounded where the student is far off.',
  references: ['https://arxiv.org/abs/2402.03898', 'https://github.com/jongwooko/distillm'],
  weights: { distillation: 1, crossEntropy: 0 },
  loss(inputs, options) {
    const { lambda, direction, temperature } = options['skew-kl'];
    sameVocabulary(inputs);
    const pairs = pairPositions(inputs);
    const logP = logProbabilityRows(pairs.teacher, temperature);
    const logQ = logProbabilityRows(pairs.student, temperature);
    const [first, second] = direction === 'forward' ? [logP, logQ] : [logQ, logP];
    const mixed = lambda === 0 ? second : logMixture(lambda, first, second);
    return weightedMean(klRows(first, mixed), sameLabelWeights(pairs));
  },
};
