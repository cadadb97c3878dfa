import * as tf from '@tensorflow/tfjs-core';
import { maskedScore } from '../tfjs/ops/attention.ts';
import { linear } from '../tfjs/ops/linear.ts';
import { crossEntropy, weightedMean } from '../tfjs/ops/token-losses.ts';
import { klRows, logProbabilityRows } from './shared/distributions.ts';
import { dskdProjectors, dskdShapes } from '../method/dskd-shapes.ts';
import type { AnswerFeatures, Objective } from './shared/objective.ts';
import { stopGradient } from './shared/stop-gradient.ts';

/** y = x·Wᵀ + b with W [out, in]. */
export interface Projector {
  weight: tf.Tensor2D;
  bias: tf.Tensor1D;
}

/** What is trained along with the student, as `dskdShapes` lays it out. */
export type DskdProjectors = Record<(typeof dskdProjectors)[number], Projector>;

/** Parts of the loss, nats. */
export interface DskdTerms {
  /** CE of the teacher's projected features under the student's head: what trains `query` and `toStudent`. */
  projectorCe: tf.Scalar;
  /** KL of that distribution against the student's, where it gets the label right. */
  studentSpaceKl: tf.Scalar;
  /** KL of the teacher against the student's features projected under the teacher's head. */
  teacherSpaceKl: tf.Scalar;
  /** Their sum. */
  total: tf.Scalar;
}

/** The value is DSKD's. */
const settings = { temperature: 2 };

/**
 * Dual-space knowledge distillation with cross-model attention, Zhang et al. 2024.
 * @see https://arxiv.org/abs/2406.17328
 * @see https://github.com/songmzhang/DSKD, which weighs it and the cross-entropy ½ each
 */
export const dskd: Objective = {
  reads: 'features',
  weights: {
    // DSKD's own.
    learningRate: 1e-3,
    shapes: dskdShapes,
    draw(shape, random) {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      // Biases start at 0.
      if (shape.length === 2)
        for (let i = 0; i < values.length; i++) values[i] = random.normal() * shape[1]! ** -0.5;
      return values;
    },
  },
  loss: (sides, own) => dskdLoss(sides, projectorsOf(own), settings).total,
};

function projectorsOf(own: ReadonlyMap<string, tf.Tensor>): DskdProjectors {
  const get = (name: string) => own.get(`dskd.${name}`)!;
  return Object.fromEntries(
    dskdProjectors.map((name) => [name, { weight: get(`${name}.weight`), bias: get(`${name}.bias`) }]),
  ) as DskdProjectors;
}

/**
 * Differentiable in the student's logits and features and in the projectors; heads and embeddings are constants. Means over real answer
 * tokens: of the student for the first two terms, of the teacher for the third. Every term is at least 0; no setting of random projectors
 * makes them all 0.
 */
export function dskdLoss(
  { student, teacher }: Record<'student' | 'teacher', AnswerFeatures>,
  projectors: DskdProjectors,
  { temperature }: typeof settings,
): DskdTerms {
  const [batch, ns, ds] = student.features.shape;
  const [, nl, dl] = teacher.features.shape;
  const rows = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1)!]);
  const project = (x: tf.Tensor, { weight, bias }: Projector) => linear(rows(x), weight, bias);
  const indexOf = (side: AnswerFeatures) =>
    stopGradient(tf.concat([side.inputEmbeddings, side.labelEmbeddings], -1));
  const scaled = (x: tf.Tensor3D) => tf.div<tf.Tensor3D>(x, deviation(x, teacher.mask));

  const queries = tf.reshape(project(indexOf(student), projectors.query), [batch, ns, 2 * dl]);
  const scores = tf.div(tf.matMul(queries, scaled(indexOf(teacher)), false, true), Math.sqrt(2 * dl));
  const visible = tf.mul(tf.expandDims(student.mask, 2), tf.expandDims(teacher.mask, 1));
  const masked: tf.Tensor3D = tf.add(scores, tf.mul(tf.sub(1, visible), maskedScore));

  const teacherValues = tf.add(scaled(teacher.features), scaled(stopGradient(teacher.labelEmbeddings)));
  const intoStudent = tf.reshape(project(teacherValues, projectors.toStudent), [batch, nl, ds]);
  const weights: tf.Tensor3D = tf.softmax(masked);
  const inStudentSpace = rows(tf.matMul(weights, intoStudent));
  const projectedLogits: tf.Tensor2D = tf.matMul(inStudentSpace, stopGradient(student.head), false, true);

  const labels: tf.Tensor1D = tf.reshape(student.labels, [batch * ns]);
  const studentWeights: tf.Tensor1D = tf.reshape(student.mask, [batch * ns]);
  const target = stopGradient(projectedLogits);
  const right = stopGradient(projectedLogits, (x) =>
    tf.cast<tf.Tensor1D>(tf.equal(tf.argMax(x, -1), labels), 'float32'),
  );
  const logTarget = tf.logSoftmax<tf.Tensor2D>(tf.div(target, temperature));
  const studentKl = klRows(logTarget, logProbabilityRows(student.logits, temperature));

  const intoTeacher = tf.reshape(project(student.features, projectors.toTeacher), [batch, ns, dl]);
  const back = tf.softmax(tf.transpose(masked, [0, 2, 1]));
  const inTeacherSpace: tf.Tensor2D = tf.matMul(
    rows(tf.matMul(back, intoTeacher)),
    stopGradient(teacher.head),
    false,
    true,
  );
  const teacherKl = klRows(
    logProbabilityRows(teacher.logits, temperature),
    tf.logSoftmax(tf.div<tf.Tensor2D>(inTeacherSpace, temperature)),
  );

  const projectorCe = crossEntropy(projectedLogits, labels, studentWeights);
  const studentSpaceKl = weightedMean(tf.mul(studentKl, right), studentWeights);
  const teacherSpaceKl = weightedMean(teacherKl, tf.reshape(teacher.mask, [batch * nl]));
  return {
    projectorCe,
    studentSpaceKl,
    teacherSpaceKl,
    total: tf.add(tf.add(projectorCe, studentSpaceKl), teacherSpaceKl),
  };
}

/** Standard deviation of all numbers of the real tokens, 1 without any. x [B, N, d], mask [B, N]. */
function deviation(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Scalar {
  const width = x.shape[2];
  const real = tf.expandDims(mask, 2);
  const count = tf.maximum(tf.mul(tf.sum(mask), width), 1);
  const mean = tf.div(tf.sum(tf.mul(x, real)), count);
  const square = tf.sum(tf.mul(tf.square(tf.sub(x, mean)), real));
  const variance = tf.div(square, count);
  return tf.sqrt(tf.add(variance, tf.cast(tf.lessEqual(variance, 0), 'float32')));
}
