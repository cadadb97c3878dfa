import { labelsAlone, sameAnswers } from './standard-arms.ts';
import type { Recipe } from './recipe.ts';

/** Arms that the page offers to train beside the recipe's own. */
export const comparisons: readonly (Recipe['arms'][number] & { why: string })[] = [
  {
    ...labelsAlone,
    why: 'The same student without a teacher: only the labelled examples, repeated for as many updates. What the teacher is worth is measured against this.',
  },
  {
    ...sameAnswers,
    why: 'Plain cross-entropy on the very answers that the recipe’s own arm learns: what the method is worth beyond the answers is measured against this.',
  },
  {
    key: 'shuffled',
    label: 'SFT, shuffled answers',
    why: 'The teacher’s answers, each to another question of the same kind: what a teacher is worth whose answers do not belong to the pictures. A comparison that cannot fail shows nothing.',
    change: { objective: 'sft', 'data.unlabelled': 'shuffled-answers' },
  },
  {
    key: 'seq-kd',
    label: 'Sequence KD',
    why: 'Cross-entropy on the answers the teacher itself gives (Kim & Rush 2016).',
    change: { objective: 'seq-kd' },
  },
  {
    key: 'uld',
    label: 'ULD',
    why: 'SFT and the distance of the sorted probabilities (Boizard et al. 2024): works across tokenizers, but does not ask which token is meant.',
    change: { objective: 'uld', 'loss.distillation': 1.5 },
  },
  {
    key: 'mined',
    label: 'MinED',
    why: 'SFT and the teacher’s probabilities, moved to the student’s most similarly spelled tokens.',
    change: { objective: 'mined' },
  },
  {
    key: 'alm',
    label: 'ALM',
    why: 'SFT and the probabilities of text chunks that both tokenizers spell (Minixhofer et al. 2025).',
    change: { objective: 'alm' },
  },
  {
    key: 'gold',
    label: 'GOLD',
    why: 'SFT and the divergence on shared tokens, sorted distance on the rest (TRL).',
    change: { objective: 'gold' },
  },
  {
    key: 'x-token',
    label: 'X-Token',
    why: 'SFT and the divergence in the teacher’s vocabulary, the student projected into it.',
    change: { objective: 'x-token' },
  },
  {
    key: 'dskd',
    label: 'DSKD',
    why: 'SFT and the features of each model in the other’s space, by trained projections and attention over tokens (Zhang et al. 2024): nearest to GenRecal, without a Rec-body.',
    change: { objective: 'dskd', 'loss.distillation': 0.5, 'loss.sft': 0.5 },
  },
  {
    key: 'gkd',
    label: 'GKD',
    why: 'SFT and the divergence token by token: only for a pair with one tokenizer.',
    change: { objective: 'gkd' },
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
