import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.ts';
import type { ModelConfig } from '../../models/config.ts';
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

/** The same with the space that the logits come from. */
export interface AnswerFeatures extends AnswerLogits {
  /** [B, Na, d]: the features the head turned into the logits. */
  features: tf.Tensor3D;
  /** [B, Na, d]: embedding of the token that stands at each predicting position. */
  inputEmbeddings: tf.Tensor3D;
  /** [B, Na, d]: embedding of each label. */
  labelEmbeddings: tf.Tensor3D;
  /** [V, d] */
  head: tf.Tensor2D;
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

/** What an objective over logits sees of one batch. */
export interface LogitInputs {
  batch: number;
  student: AnswerLogits;
  teacher: AnswerLogits;
  chunks: AnswerChunks;
  /** Made once per pair; an objective reads only the table it names. */
  vocabulary: VocabularyTables;
}

/** What an objective sees that reads both models' features as well. */
export interface FeatureInputs extends LogitInputs {
  student: AnswerFeatures;
  teacher: AnswerFeatures;
}

/** Weights that an objective trains beside the student, by AdamW with the recipe's settings. Saved states hold them by name. */
export interface OwnWeights {
  /** The same at every update. */
  learningRate: number;
  /** Names and shapes, in the order in which they are drawn. */
  shapes(student: ModelConfig, teacher: ModelConfig): { name: string; shape: number[] }[];
  /** Values before the first update. */
  draw(shape: readonly number[], random: Random): Float32Array;
}

interface ObjectiveOf<Inputs> {
  /** The table of `LogitInputs.vocabulary` it reads. */
  vocabulary?: keyof VocabularyTables;
  weights?: OwnWeights;
  /**
   * Loss of one batch in nats (some also L1), a mean over real aligned answer tokens or chunks; 0 without any, never below. Differentiable in
   * the student's logits (and features, where it reads them) and in its own weights only. Cross-entropy with the labels is not part of it.
   * @param own its own weights by name
   */
  loss(inputs: Inputs, own: ReadonlyMap<string, tf.Tensor>): tf.Scalar;
}

/**
 * A distillation loss between the answers of two models. p is the teacher, q the student. Temperatures divide both models' logits; no T²
 * factor anywhere. Over logits alone it is 0 for student = teacher.
 */
export type Objective =
  ({ reads: 'logits' } & ObjectiveOf<LogitInputs>) | ({ reads: 'features' } & ObjectiveOf<FeatureInputs>);

/** An objective over logits alone. */
export type LogitObjective = Extract<Objective, { reads: 'logits' }>;
