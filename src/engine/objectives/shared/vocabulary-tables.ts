import * as tf from '@tensorflow/tfjs-core';
import {
  nearestTokens,
  projectionEntries,
  sameTokens,
  sharedTokens,
  type ProjectionEntry,
  type Vocabulary,
} from '../../models/tokenizers/vocabulary-maps.ts';

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

/** One vocabulary under two templates: which of the teacher's tokens a student's token is called. A permutation each. */
export interface SameTokens {
  /** int32 [V]: at the answer's first token. */
  first: tf.Tensor1D;
  /** int32 [V]: at every other. */
  later: tf.Tensor1D;
}

/** A pair's vocabularies, compared once on the host. Dense: the built-in vocabularies have 400 to 1,500 tokens. */
export interface VocabularyTables {
  /** Missing where the templates write an answer alike. */
  sameTokens?: SameTokens;
  shared?: SharedTokens;
  /** [V_l, V_s]: 1 at the student token of the least edit distance; a row of zeros where none has anything in common. */
  nearest?: tf.Tensor2D;
  /** [V_s, V_l]: what a student token's probability means in the teacher's vocabulary. Rows sum to 1, or to 0 where nothing fits. */
  projection?: tf.Tensor2D;
}

/** The same on the host, sparse. */
export interface VocabularyMaps {
  studentSize: number;
  teacherSize: number;
  /** Teacher id of every student id. [V] each */
  sameTokens?: { first: Int32Array; later: Int32Array };
  /** Student id of every teacher id, −1 for none. [V_l] */
  shared?: Int32Array;
  /** The same. [V_l] */
  nearest?: Int32Array;
  projection?: readonly ProjectionEntry[];
}

/** 64 MB as f32: far above the built-in vocabularies, far below what would take a GPU down. */
const largestTable = 1 << 24;

/**
 * Compares two vocabularies for the objectives that name a table (`LogitObjective.vocabulary`) and uploads the result. Own and dispose it with
 * `disposeVocabularyTables`.
 * @throws RangeError where a dense table would be too large, or `sameTokens` is asked of two vocabularies.
 */
export function makeVocabularyTables(
  student: Vocabulary,
  teacher: Vocabulary,
  needed: ReadonlySet<keyof VocabularyTables>,
): VocabularyTables {
  if ([...needed].some((name) => name !== 'sameTokens')) checkSize(student.size, teacher.size);
  return denseVocabularyTables({
    studentSize: student.size,
    teacherSize: teacher.size,
    ...(needed.has('sameTokens') && { sameTokens: sameTokens(student, teacher) }),
    ...(needed.has('shared') && { shared: sharedTokens(student, teacher) }),
    ...(needed.has('nearest') && { nearest: nearestTokens(student, teacher) }),
    ...(needed.has('projection') && { projection: projectionEntries(student, teacher) }),
  });
}

function checkSize(student: number, teacher: number): void {
  if (student * teacher > largestTable)
    throw new RangeError(
      `This objective compares all ${student} student tokens with all ${teacher} teacher tokens in one table, which would be too large.`,
    );
}

/** Uploads maps that were made on the host. */
export function denseVocabularyTables(maps: VocabularyMaps): VocabularyTables {
  const { studentSize, teacherSize, shared, nearest, projection } = maps;
  if ((shared ?? nearest ?? projection) !== undefined) checkSize(studentSize, teacherSize);
  return {
    ...(maps.sameTokens !== undefined && {
      sameTokens: {
        first: tf.tensor1d(maps.sameTokens.first, 'int32'),
        later: tf.tensor1d(maps.sameTokens.later, 'int32'),
      },
    }),
    ...(shared !== undefined && { shared: uploadShared(shared, studentSize) }),
    ...(nearest !== undefined && { nearest: uploadAssignment(nearest, studentSize) }),
    ...(projection !== undefined && {
      projection: uploadProjection(projection, studentSize, teacherSize),
    }),
  };
}

export function disposeVocabularyTables({ sameTokens, shared, nearest, projection }: VocabularyTables): void {
  if (sameTokens !== undefined) tf.dispose([sameTokens.first, sameTokens.later]);
  if (shared !== undefined) tf.dispose([shared.matrix, shared.studentRest, shared.teacherRest]);
  if (nearest !== undefined) nearest.dispose();
  if (projection !== undefined) projection.dispose();
}

function uploadShared(shared: Int32Array, studentSize: number): SharedTokens {
  const studentRest = new Float32Array(studentSize).fill(1);
  for (const s of shared) if (s >= 0) studentRest[s] = 0;
  const teacherRest = Float32Array.from(shared, (s) => (s < 0 ? 1 : 0));
  return {
    matrix: uploadAssignment(shared, studentSize),
    studentRest: tf.tensor2d(studentRest, [1, studentSize]),
    teacherRest: tf.tensor2d(teacherRest, [1, shared.length]),
    share: shared.filter((s) => s >= 0).length / shared.length,
  };
}

/** [V_l, V_s] with a 1 where each teacher token goes. */
function uploadAssignment(studentOf: Int32Array, studentSize: number): tf.Tensor2D {
  const matrix = new Float32Array(studentOf.length * studentSize);
  studentOf.forEach((s, t) => {
    if (s >= 0) matrix[t * studentSize + s] = 1;
  });
  return tf.tensor2d(matrix, [studentOf.length, studentSize]);
}

function uploadProjection(
  entries: readonly ProjectionEntry[],
  studentSize: number,
  teacherSize: number,
): tf.Tensor2D {
  const matrix = new Float32Array(studentSize * teacherSize);
  for (const { student, teacher, weight } of entries) matrix[student * teacherSize + teacher] = weight;
  return tf.tensor2d(matrix, [studentSize, teacherSize]);
}

/** @throws RangeError when the pair's tables were made without the one an objective reads. */
export function requireTable<K extends keyof VocabularyTables>(
  tables: VocabularyTables,
  name: K,
): NonNullable<VocabularyTables[K]> {
  const table = tables[name];
  if (table === undefined) throw new RangeError(`This objective needs the vocabulary table “${name}”.`);
  return table;
}
