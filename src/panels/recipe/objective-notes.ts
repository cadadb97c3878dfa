import type { ObjectiveKey } from '../../engine/recipe/objectives.ts';

/** What is said of an objective beside its name; apart from the table, because nothing needs it before the first paint. */
interface ObjectiveNote {
  /** TeX of its own term in stage 2, without its weight; p is the teacher, q the student, y the answer to learn. */
  formula: string;
  /** One sentence in plain words. */
  description: string;
}

export const objectiveNotes: Readonly<Record<ObjectiveKey, ObjectiveNote>> = {
  genrecal: {
    formula: '\\L{main}+\\L{sft}',
    description:
      'Rewrites the student’s question features and the teacher’s answer features into the teacher’s space, and compares there what the teacher’s head makes of them.',
  },
  sft: {
    formula: '\\L{sft}=-\\log q(y)',
    description: 'Plain cross-entropy on the answers: the control of every comparison.',
  },
  'seq-kd': {
    formula: '-\\log q(\\hat y),\\quad \\hat y=\\text{the teacher’s answer}',
    description: 'Cross-entropy on the answers that the teacher itself gives, right or wrong.',
  },
  uld: {
    formula: '\\sum_i\\big|\\,p_{(i)}-q_{(i)}\\,\\big|,\\ \\ p_{(1)}\\ge p_{(2)}\\ge\\dots',
    description:
      'Compares the sorted probabilities of both models, so it asks how sure the student is but not of which token.',
  },
  gkd: {
    formula: '\\beta\\KL(p\\,\\|\\,m)+(1{-}\\beta)\\KL(q\\,\\|\\,m)',
    description:
      'Draws the student’s next-token distribution and the teacher’s towards their mixture m = βp + (1−β)q; β chooses between covering and seeking.',
  },
  'skew-kl': {
    formula: '\\KL\\big(p\\,\\big\\|\\,\\lambda p+(1-\\lambda)q\\big)',
    description:
      'KL against a mixture with a little of the teacher in it, which keeps the gradient bounded where the student is far off.',
  },
  mined: {
    formula:
      '\\KL(\\tilde p\\,\\|\\,q),\\ \\ \\tilde p(s)=\\!\\!\\!\\!\\sum_{\\mathrm{nearest}(t)=s}\\!\\!\\!\\!p(t)',
    description:
      'Hands the teacher’s probabilities to the student tokens that are spelled most alike; unaligned tokens learn from the label.',
  },
  alm: {
    formula: '\\KL\\big(\\mathrm{Ber}(P_c^{1/\\tau})\\,\\big\\|\\,\\mathrm{Ber}(Q_c^{1/\\tau})\\big)',
    description:
      'Asks the student to find each stretch c of the answer, whatever its tokens, as likely as the teacher does; P and Q are the products over its tokens.',
  },
  gold: {
    formula:
      'w\\,\\mathrm{JSD}_\\beta^{\\text{shared}}+(1{-}w)\\sum_i\\big|\\,p_{(i)}{-}q_{(i)}\\,\\big|_{\\text{rest}}',
    description:
      'Compares tokens that both vocabularies have directly, and the rest by their sorted probabilities, stretch by stretch of the answer.',
  },
  'x-token': {
    formula: '\\KL\\big(\\bar p_c\\,\\big\\|\\,\\overline{W^{\\top}q}_c\\big)',
    description:
      'Translates the student’s probabilities into the teacher’s vocabulary by a fixed table W and compares them there, averaged over each stretch c of the answer.',
  },
  dskd: {
    formula: '\\mathrm{CE}(p_{l\\to s})+\\KL(p_{l\\to s}\\,\\|\\,q)+\\KL(p\\,\\|\\,q_{s\\to l})',
    description:
      'Carries each model’s features into the other’s space by trained projections and attention over tokens, and compares them under one head there.',
  },
};
