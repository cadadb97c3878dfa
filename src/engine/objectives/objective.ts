import type * as tf from '@tensorflow/tfjs-core';
import type { VocabularyTables } from './vocabulary-tables.ts';

/** One model's logits at the positions that predict the answer, over its real vocabulary. Rows are padded to Na. */
export interface AnswerLogits {
  /** [B, Na, V]; row j predicts answer token j. */
  logits: tf.Tensor3D;
  /** int32 [B, Na] */
  labels: tf.Tensor2D;
  /** [B, Na], 1 = real answer token that counts. */
  mask: tf.Tensor2D;
}

/** Chunk number of every answer token, int32; −1 for padding and for tokens that align with nothing. */
export interface AnswerChunks {
  /** [B, Na_s] */
  student: tf.Tensor2D;
  /** [B, Na_l] */
  teacher: tf.Tensor2D;
  /** Upper bound of chunks per answer, the same in every batch of a run. */
  count: number;
}

/** What an objective sees of one batch. */
export interface LogitInputs {
  batch: number;
  student: AnswerLogits;
  teacher: AnswerLogits;
  chunks: AnswerChunks;
  /** Made once per pair; an objective reads only the table it names. */
  vocabulary: VocabularyTables;
}

/** Options of every objective under its key. Temperatures divide both models' logits; no T² factor anywhere. */
export interface ObjectiveOptions {
  gkd: {
    /** 0 is KL(p ‖ q), 1 is KL(q ‖ p), ½ the Jensen–Shannon divergence. */
    beta: number;
    temperature: number;
  };
  'skew-kl': {
    /** How much of the first distribution is mixed into the second. */
    lambda: number;
    /** `forward`: KL(p ‖ λp+(1−λ)q). `reverse`: KL(q ‖ λq+(1−λ)p). */
    direction: 'forward' | 'reverse';
    temperature: number;
  };
  uld: { temperature: number };
  mined: { temperature: number };
  alm: {
    /** τ: the power 1/τ flattens a chunk's probability. */
    temperature: number;
  };
  gold: {
    beta: number;
    temperature: number;
    /** Weight of the shared vocabulary; null is the share of the teacher's vocabulary that is shared. */
    sharedWeight: number | null;
    /** Whose distribution stands for a chunk of several tokens: the first token's (`observed`) or the last one's (`bayesian`). */
    merge: 'observed' | 'bayesian';
  };
  'x-token': { temperature: number };
  dskd: { temperature: number };
}

/** The defaults of the reference implementations: TRL, DistiLLM, Boizard et al., DSKD, tokenkit, TRL GOLD, NeMo-RL. */
export const defaultObjectiveOptions: ObjectiveOptions = {
  gkd: { beta: 0.5, temperature: 0.9 },
  'skew-kl': { lambda: 0.1, direction: 'forward', temperature: 1 },
  uld: { temperature: 1 },
  mined: { temperature: 2 },
  alm: { temperature: 100 },
  gold: { beta: 0.5, temperature: 1, sharedWeight: null, merge: 'observed' },
  'x-token': { temperature: 1 },
  dskd: { temperature: 2 },
};

export type LogitObjectiveKey = Exclude<keyof ObjectiveOptions, 'dskd'>;

/** A distillation loss over logits. p is the teacher, q the student. */
export interface LogitObjective {
  key: LogitObjectiveKey;
  label: string;
  /** `same`: compares probabilities token by token, so both models must have one vocabulary. */
  tokenizers: 'any' | 'same';
  /** The table of `LogitInputs.vocabulary` it reads. */
  vocabulary?: keyof VocabularyTables;
  references: readonly string[];
  /** How the reference implementation adds this loss and the cross-entropy up. */
  weights: { distillation: number; crossEntropy: number };
  /**
   * Loss of one batch in nats (`uld`, `gold`: also L1), a mean over real aligned answer tokens or chunks; 0 without any. At least 0,
   * and 0 for student = teacher. Differentiable in `student.logits` only. Cross-entropy with the labels is not part of it.
   */
  loss(inputs: LogitInputs, options: ObjectiveOptions): tf.Scalar;
}
