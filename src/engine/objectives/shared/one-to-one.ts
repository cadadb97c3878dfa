import * as tf from '@tensorflow/tfjs-core';
import { chunkMembers, sumRowsPerChunk, type Chunks } from './chunk-members.ts';
import type { LogitInputs } from './objective.ts';

/** [B, N_s, C]: 1 where a student token is all of a chunk that is one token on the teacher's side too. */
export function oneToOneMembers({ student, teacher, weights }: Chunks): tf.Tensor3D {
  const single = (sizes: tf.Tensor2D) => tf.cast(tf.equal(sizes, 1), 'float32');
  const both = tf.mul(single(student.sizes), single(teacher.sizes));
  const counted = tf.mul(both, tf.reshape(weights, both.shape));
  return tf.mul(student.members, tf.expandDims(counted, 1));
}

/** A row per teacher token handed to its student token. rows [B·N_l, V], handing [B, N_s, C] → [B·N_s, V]; zeros without a partner. */
export function handOver(rows: tf.Tensor2D, chunks: Chunks, handing: tf.Tensor3D): tf.Tensor2D {
  const [batch, length, count] = handing.shape;
  const width = rows.shape[1];
  const perChunk = sumRowsPerChunk(rows, chunks.teacher.members);
  const handed = tf.matMul(handing, tf.reshape(perChunk, [batch, count, width]));
  return tf.reshape(handed, [batch * length, width]);
}

/** The teacher's logits where it predicts the same token as the student. */
export interface SameTokenRows {
  /** [B, N_s, V], columns in the student's order. */
  teacher: tf.Tensor3D;
  /** [B·N_s]: 1 where a student token has its one teacher token. */
  weights: tf.Tensor1D;
}

/**
 * Pairs the two models' predictions of the same tokens, for objectives that need one tokenizer. Two templates may still write the
 * answer's first space and its end differently: `vocabulary.sameTokens` renames those tokens.
 * @throws RangeError in plain words where the vocabularies differ in size.
 */
export function sameTokenRows(inputs: LogitInputs): SameTokenRows {
  const { batch, student, teacher } = inputs;
  const [, length, width] = student.logits.shape;
  const own = teacher.logits.shape[2];
  if (width !== own)
    throw new RangeError(
      `This objective compares the models token by token, but the student knows ${width} tokens and the teacher ${own}.`,
    );
  const chunks = chunkMembers(inputs);
  const handing = oneToOneMembers(chunks);
  const rows: tf.Tensor2D = tf.reshape(teacher.logits, [batch * teacher.mask.shape[1], width]);
  const handed: tf.Tensor3D = tf.reshape(handOver(rows, chunks, handing), [batch, length, width]);
  return {
    teacher: rename(handed, inputs.vocabulary.sameTokens),
    weights: tf.reshape(tf.sum(handing, 2), [batch * length]),
  };
}

function rename(logits: tf.Tensor3D, names: LogitInputs['vocabulary']['sameTokens']): tf.Tensor3D {
  if (names === undefined) return logits;
  const [batch, length, width] = logits.shape;
  const first = tf.gather(tf.slice(logits, [0, 0, 0], [batch, 1, width]), names.first, 2);
  const later = tf.gather(tf.slice(logits, [0, 1, 0], [batch, length - 1, width]), names.later, 2);
  return tf.concat([first, later], 1);
}
