/** What the student may learn by in stage 2, beside the cross-entropy of its own answers. */
export const objectiveKeys = [
  'genrecal',
  'sft',
  'seq-kd',
  'uld',
  'gkd',
  'skew-kl',
  'mined',
  'alm',
  'gold',
  'x-token',
  'dskd',
] as const;
export type ObjectiveKey = (typeof objectiveKeys)[number];

export const objectiveLabels: Record<ObjectiveKey, string> = {
  genrecal: 'GenRecal',
  sft: 'SFT',
  'seq-kd': 'Sequence KD',
  uld: 'ULD',
  gkd: 'GKD',
  'skew-kl': 'Skew KL',
  mined: 'MinED',
  alm: 'ALM',
  gold: 'GOLD',
  'x-token': 'X-Token',
  dskd: 'DSKD',
};

/** Objectives that compare token by token: both models must have one tokenizer. */
export const sameTokenizerObjectives: ReadonlySet<ObjectiveKey> = new Set(['gkd', 'skew-kl']);

/** Whether an objective has a term of its own over both models' logits. */
export function usesLogits(objective: ObjectiveKey): boolean {
  return objective !== 'genrecal' && objective !== 'sft' && objective !== 'seq-kd';
}
