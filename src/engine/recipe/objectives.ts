/** What is known of an objective before anything is loaded. */
export interface ObjectiveFacts {
  label: string;
  /** Whether it has a term of its own, `distillation`, over both models' logits. */
  overLogits: boolean;
  /** Whether it compares token by token, so that both models must have one tokenizer. */
  oneTokenizer: boolean;
  /** Whose answers the student learns: those of the data set, or only the teacher's. */
  answers: 'labels' | 'teacher';
  /** TeX of its own term in stage 2, without its weight; p is the teacher, q the student, y the answer to learn. */
  formula: string;
  /** One sentence in plain words. */
  description: string;
}

const plain = { overLogits: false, oneTokenizer: false, answers: 'labels' } as const;
const overLogits = { ...plain, overLogits: true } as const;

/**
 * What the student may learn by in stage 2, beside the cross-entropy of its own answers. The losses over logits stand in `objectives/`, one
 * file each. `\L` and the like are the page's abbreviations.
 */
const facts = {
  genrecal: {
    ...plain,
    label: 'GenRecal',
    formula: '\\L{main}+\\L{sft}',
    description:
      'Rewrites the student’s question features and the teacher’s answer features into the teacher’s space, and compares there what the teacher’s head makes of them.',
  },
  sft: {
    ...plain,
    label: 'SFT',
    formula: '\\L{sft}=-\\log q(y)',
    description: 'Plain cross-entropy on the answers: the control of every comparison.',
  },
  'seq-kd': {
    ...plain,
    answers: 'teacher',
    label: 'Sequence KD',
    formula: '-\\log q(\\hat y),\\quad \\hat y=\\text{the teacher’s answer}',
    description: 'Cross-entropy on the answers that the teacher itself gives, right or wrong.',
  },
  uld: {
    ...overLogits,
    label: 'ULD',
    formula: '\\sum_i\\big|\\,p_{(i)}-q_{(i)}\\,\\big|,\\ \\ p_{(1)}\\ge p_{(2)}\\ge\\dots',
    description:
      'Compares the sorted probabilities of both models, so it asks how sure the student is but not of which token.',
  },
  gkd: {
    ...overLogits,
    oneTokenizer: true,
    label: 'GKD',
    formula: '\\beta\\KL(p\\,\\|\\,m)+(1{-}\\beta)\\KL(q\\,\\|\\,m)',
    description:
      'Draws the student’s next-token distribution and the teacher’s towards their mixture m = βp + (1−β)q; β chooses between covering and seeking.',
  },
  'skew-kl': {
    ...overLogits,
    oneTokenizer: true,
    label: 'Skew KL',
    formula: '\\KL\\big(p\\,\\big\\|\\,\\lambda p+(1-\\lambda)q\\big)',
    description:
      'KL against a mixture with a little of the teacher in it, which keeps the gradient bounded where the student is far off.',
  },
  mined: {
    ...overLogits,
    label: 'MinED',
    formula:
      '\\KL(\\tilde p\\,\\|\\,q),\\ \\ \\tilde p(s)=\\!\\!\\!\\!\\sum_{\\mathrm{nearest}(t)=s}\\!\\!\\!\\!p(t)',
    description:
      'Hands the teacher’s probabilities to the student tokens that are spelled most alike; unaligned tokens learn from the label.',
  },
  alm: {
    ...overLogits,
    label: 'ALM',
    formula: '\\KL\\big(\\mathrm{Ber}(P_c^{1/\\tau})\\,\\big\\|\\,\\mathrm{Ber}(Q_c^{1/\\tau})\\big)',
    description:
      'Asks the student to find each stretch c of the answer, whatever its tokens, as likely as the teacher does; P and Q are the products over its tokens.',
  },
  gold: {
    ...overLogits,
    label: 'GOLD',
    formula:
      'w\\,\\mathrm{JSD}_\\beta^{\\text{shared}}+(1{-}w)\\sum_i\\big|\\,p_{(i)}{-}q_{(i)}\\,\\big|_{\\text{rest}}',
    description:
      'Compares tokens that both vocabularies have directly, and the rest by their sorted probabilities, stretch by stretch of the answer.',
  },
  'x-token': {
    ...overLogits,
    label: 'X-Token',
    formula: '\\KL\\big(\\bar p_c\\,\\big\\|\\,\\overline{W^{\\top}q}_c\\big)',
    description:
      'Translates the student’s probabilities into the teacher’s vocabulary by a fixed table W and compares them there, averaged over each stretch c of the answer.',
  },
  dskd: {
    ...overLogits,
    label: 'DSKD',
    formula: '\\mathrm{CE}(p_{l\\to s})+\\KL(p_{l\\to s}\\,\\|\\,q)+\\KL(p\\,\\|\\,q_{s\\to l})',
    description:
      'Carries each model’s features into the other’s space by trained projections and attention over tokens, and compares them under one head there.',
  },
} satisfies Record<string, ObjectiveFacts>;

export type ObjectiveKey = keyof typeof facts;
export const objectives: Readonly<Record<ObjectiveKey, ObjectiveFacts>> = facts;
export const objectiveKeys = Object.keys(facts) as ObjectiveKey[];

/** Whether an objective has a term of its own over both models' logits. */
export function usesLogits(objective: ObjectiveKey): boolean {
  return objectives[objective].overLogits;
}
