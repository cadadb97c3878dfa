import type { Recipe } from './schema.ts';

/** Arms that the page offers to train beside the recipe's own. */
export const comparisons: readonly (Recipe['arms'][number] & { why: string })[] = [
  {
    key: 'sft',
    label: 'SFT control',
    why: 'The same student on the same answers without a teacher: what any gain has to be measured against.',
    change: { objective: 'sft' },
  },
  {
    key: 'labels-alone',
    label: 'SFT, labels alone',
    why: 'Only the labelled examples, repeated for as many updates; differs from SFT where “labelled” is not 0.',
    change: { objective: 'sft', 'data.unlabelled': 'ignored' },
  },
  {
    key: 'seq-kd',
    label: 'Sequence KD',
    why: 'Cross-entropy on the answers the teacher itself gives (Kim & Rush 2016).',
    change: { objective: 'seq-kd' },
  },
  {
    key: 'embeddings',
    label: 'GenRecal, embeddings',
    why: 'The teacher’s token embeddings instead of z_al in the Recalibrator’s input: the next token cannot be copied.',
    change: { objective: 'genrecal', 'recalibrator.answerFeatures': 'teacher-embedding' },
  },
  {
    key: 'no-regulariser',
    label: 'GenRecal without L_reg',
    why: 'Nothing ties the Recalibrator to the teacher’s own features in stage 1.',
    change: { objective: 'genrecal', 'loss.regulariser': 'none' },
  },
];
