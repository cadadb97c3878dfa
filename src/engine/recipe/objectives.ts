/** What is known of an objective before anything is loaded. */
export interface ObjectiveFacts {
  label: string;
  /** Whether it has a term of its own, `distillation`, over both models' logits. */
  overLogits: boolean;
  /** Whether it compares token by token, so that both models must have one tokenizer. */
  oneTokenizer: boolean;
  /** Whose answers the student learns: those of the data set, or only the teacher's. */
  answers: 'labels' | 'teacher';
}

const plain = { overLogits: false, oneTokenizer: false, answers: 'labels' } as const;
const overLogits = { ...plain, overLogits: true } as const;

/**
 * What the student may learn by in stage 2, beside the cross-entropy of its own answers. The losses over logits stand in `objectives/`, one
 * file each.
 */
const facts = {
  genrecal: {
    ...plain,
    label: 'GenRecal',
  },
  sft: {
    ...plain,
    label: 'SFT',
  },
  'seq-kd': {
    ...plain,
    answers: 'teacher',
    label: 'Sequence KD',
  },
  uld: {
    ...overLogits,
    label: 'ULD',
  },
  gkd: {
    ...overLogits,
    oneTokenizer: true,
    label: 'GKD',
  },
  'skew-kl': {
    ...overLogits,
    oneTokenizer: true,
    label: 'Skew KL',
  },
  mined: {
    ...overLogits,
    label: 'MinED',
  },
  alm: {
    ...overLogits,
    label: 'ALM',
  },
  gold: {
    ...overLogits,
    label: 'GOLD',
  },
  'x-token': {
    ...overLogits,
    label: 'X-Token',
  },
  dskd: {
    ...overLogits,
    label: 'DSKD',
  },
} satisfies Record<string, ObjectiveFacts>;

export type ObjectiveKey = keyof typeof facts;
export const objectives: Readonly<Record<ObjectiveKey, ObjectiveFacts>> = facts;
export const objectiveKeys = Object.keys(facts) as ObjectiveKey[];

/** Whether an objective has a term of its own over both models' logits. */
export function usesLogits(objective: ObjectiveKey): boolean {
  return objectives[objective].overLogits;
}
