import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { almLoss, almSettings } from '../../src/engine/objectives/alm.ts';
import type { DskdProjectors } from '../../src/engine/objectives/dskd.ts';
import { gkdLoss, gkdSettings } from '../../src/engine/objectives/gkd.ts';
import { goldLoss, goldSettings } from '../../src/engine/objectives/gold.ts';
import { minedLoss, minedSettings } from '../../src/engine/objectives/mined.ts';
import type {
  AnswerFeatures,
  AnswerLogits,
  LogitInputs,
} from '../../src/engine/objectives/shared/objective.ts';
import { skewKlLoss, skewKlSettings } from '../../src/engine/objectives/skew-kl.ts';
import { uldLoss, uldSettings } from '../../src/engine/objectives/uld.ts';
import { xTokenLoss, xTokenSettings } from '../../src/engine/objectives/x-token.ts';
import { denseVocabularyTables } from '../../src/engine/objectives/shared/vocabulary-tables.ts';

/** A loss in the settings of a run, or with some of them changed. */
function inSettings<S>(loss: (inputs: LogitInputs, settings: S) => tf.Scalar, settings: S) {
  return (changed: Partial<S> = {}) =>
    (inputs: LogitInputs) =>
      loss(inputs, { ...settings, ...changed });
}

export const lossesOverLogits = {
  gkd: inSettings(gkdLoss, gkdSettings),
  'skew-kl': inSettings(skewKlLoss, skewKlSettings),
  uld: inSettings(uldLoss, uldSettings),
  mined: inSettings(minedLoss, minedSettings),
  alm: inSettings(almLoss, almSettings),
  gold: inSettings(goldLoss, goldSettings),
  'x-token': inSettings(xTokenLoss, xTokenSettings),
};
export type LogitObjectiveKey = keyof typeof lossesOverLogits;

type Nested = number[] | Nested[];

interface Side {
  logits: number[][][];
  labels: number[][];
  lengths: number[];
}

export interface ObjectiveBatch {
  label: string;
  student: Side;
  teacher: Side;
  chunks: { student: number[][]; teacher: number[][] };
  shared: number[];
  nearest: number[];
  projection: number[][];
  cases: { key: LogitObjectiveKey; options: Record<string, unknown>; loss: number; gradient: number[][][] }[];
  dskd: {
    options: { temperature: number };
    labels: number[][];
    arrays: Record<string, Nested>;
    terms: Record<'projectorCe' | 'studentSpaceKl' | 'teacherSpaceKl' | 'total', number>;
    gradients: Record<string, Nested>;
  };
}

/** What pytorch/make_objective_fixtures.py computed. */
export const objectiveBatches = (
  JSON.parse(readFileSync('test/fixtures/objectives.json', 'utf8')) as { batches: ObjectiveBatch[] }
).batches;

function side({ logits, labels, lengths }: Side): AnswerLogits {
  return {
    logits: tf.tensor3d(logits),
    labels: tf.tensor2d(labels, undefined, 'int32'),
    mask: tf.tensor2d(lengths.map((length) => labels[0]!.map((_, j) => (j < length ? 1 : 0)))),
  };
}

export function logitInputs(batch: ObjectiveBatch): LogitInputs {
  return {
    batch: batch.student.lengths.length,
    student: side(batch.student),
    teacher: side(batch.teacher),
    chunks: {
      student: tf.tensor2d(batch.chunks.student, undefined, 'int32'),
      teacher: tf.tensor2d(batch.chunks.teacher, undefined, 'int32'),
      count: 6,
    },
    vocabulary: denseVocabularyTables({
      studentSize: batch.student.logits[0]![0]!.length,
      teacherSize: batch.teacher.logits[0]![0]!.length,
      shared: Int32Array.from(batch.shared),
      nearest: Int32Array.from(batch.nearest),
      projection: batch.projection.flatMap((row, student) =>
        row.map((weight, teacher) => ({ student, teacher, weight })).filter(({ weight }) => weight !== 0),
      ),
    }),
  };
}

/** DSKD's inputs, with the arrays that gradients are wanted for given from outside. */
export function dskdInputs(
  batch: ObjectiveBatch,
  given: Record<string, tf.Tensor>,
): { sides: Record<'student' | 'teacher', AnswerFeatures>; projectors: DskdProjectors } {
  const array = (name: string) => given[name] ?? tf.tensor(batch.dskd.arrays[name] as number[][]);
  const space = (role: 'student' | 'teacher') => ({
    features: array(`${role}.features`) as tf.Tensor3D,
    inputEmbeddings: array(`${role}.inputEmbeddings`) as tf.Tensor3D,
    labelEmbeddings: array(`${role}.labelEmbeddings`) as tf.Tensor3D,
    head: array(`${role}.head`) as tf.Tensor2D,
  });
  const projector = (name: string) => ({
    weight: array(`${name}.weight`) as tf.Tensor2D,
    bias: array(`${name}.bias`) as tf.Tensor1D,
  });
  const student = side({ ...batch.student, labels: batch.dskd.labels });
  return {
    sides: {
      student: {
        ...student,
        ...space('student'),
        logits: (given['student.logits'] as tf.Tensor3D | undefined) ?? student.logits,
      },
      teacher: { ...side(batch.teacher), ...space('teacher') },
    },
    projectors: {
      query: projector('query'),
      toTeacher: projector('toTeacher'),
      toStudent: projector('toStudent'),
    },
  };
}
