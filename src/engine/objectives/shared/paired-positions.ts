import * as tf from '@tensorflow/tfjs-core';
import type { AnswerLogits, LogitInputs } from './objective.ts';

/** Both models' rows paired by position: the j-th answer token of one with the j-th of the other. */
export interface PairedPositions {
  /** [B, N, V_s] and [B, N, V_l], cut to the shorter padded length N. */
  student: tf.Tensor3D;
  teacher: tf.Tensor3D;
  /** [B·N]: 1 where both have a real token. */
  weights: tf.Tensor1D;
}

export function pairPositions({ batch, student, teacher }: LogitInputs): PairedPositions {
  const length = Math.min(student.mask.shape[1], teacher.mask.shape[1]);
  const cut = ({ logits, mask }: AnswerLogits) => ({
    logits: tf.slice(logits, [0, 0, 0], [batch, length, logits.shape[2]]),
    mask: tf.slice(mask, [0, 0], [batch, length]),
  });
  const [s, l] = [cut(student), cut(teacher)];
  return {
    student: s.logits,
    teacher: l.logits,
    weights: tf.reshape(tf.mul(s.mask, l.mask), [batch * length]),
  };
}
