import type * as tf from '@tensorflow/tfjs-core';

/** Tokens that both vocabularies have. */
export interface SharedTokens {
  /** [V_l, V_s]: 1 where a teacher token means a student token; at most one 1 in a row. */
  matrix: tf.Tensor2D;
  /** [1, V_l], 1 = no student token means the same. */
  teacherRest: tf.Tensor2D;
  /** [1, V_s], 1 = no teacher token means the same. */
  studentRest: tf.Tensor2D;
  /** Share of the teacher's vocabulary that is shared, 0…1. */
  share: number;
}

/** A pair's vocabularies, compared once on the host. Dense: the built-in vocabularies have 400 to 1,500 tokens. */
export interface VocabularyTables {
  shared?: SharedTokens;
  /** [V_l, V_s]: 1 at the student token of the least edit distance; a row of zeros where none has anything in common. */
  nearest?: tf.Tensor2D;
  /** [V_s, V_l]: what a student token's probability means in the teacher's vocabulary. Rows sum to 1, or to 0 where nothing fits. */
  projection?: tf.Tensor2D;
}
