import type { Bounds } from '../../../data/bounds.ts';
import type { Memory } from '../../../wgsl/core/memory.ts';
import type { KernelVariant } from '../../../device/variant.ts';
import type { WgslVlm } from '../../../wgsl/vlm.ts';
import type { RotaryTables } from '../../../wgsl/ops/rotary.ts';
import type { VocabularyTables } from '../../../objectives/shared/vocabulary-tables.ts';
import type { TrainSession } from '../../../session.ts';
import type { TrainingSet } from '../../training-set.ts';
import { BatchBuffer } from './batch-buffer.ts';
import type { PictureTable } from '../../../wgsl/picture-table.ts';

/** Slots of a batch in tables that hold one row an example, and in the student's pictures, if it reads any. */
export interface Slots {
  examples: number[];
  pictures: number[];
}

/** Both models' pictures. */
export interface PairPictures {
  teacher: PictureTable;
  student: PictureTable;
}

/** What batches are made of, whatever answers they hold. */
export interface BatchSurroundings {
  session: TrainSession;
  set: TrainingSet;
  memory: Memory;
  variant: KernelVariant;
  teacher: WgslVlm;
  /** None where the pair reads none. */
  pictures: PairPictures | undefined;
  rotary: { teacher: RotaryTables; student: RotaryTables };
  batchSize: number;
  /** Batches of a step: each seed has its own. */
  seeds: number;
  vocabulary: VocabularyTables;
}

export type BatchPart = keyof ReturnType<typeof batchLengths>;

/** The batches of every source of a run in one buffer, so that students of different sources can be trained in one list. */
export function batchRows(
  {
    memory,
    batchSize,
    seeds,
    set,
    pictures,
  }: Pick<BatchSurroundings, 'memory' | 'batchSize' | 'seeds' | 'set' | 'pictures'>,
  sources: number,
): BatchBuffer<BatchPart> {
  return new BatchBuffer(
    memory,
    batchLengths(batchSize, set.bounds, pictures !== undefined),
    sources * seeds,
  );
}

function batchLengths(
  batch: number,
  { student, teacher }: { teacher: Bounds; student: Bounds },
  pictures: boolean,
) {
  return {
    studentCodes: batch * (student.Nq + student.Na),
    teacherCodes: batch * (teacher.Nq + teacher.Na),
    studentLabels: batch * student.Na,
    teacherLabels: batch * teacher.Na,
    studentSpans: batch * 3,
    teacherSpans: batch * 3,
    joinedSpans: batch * 3,
    ownSpans: batch * 3,
    studentLengths: batch,
    teacherLengths: batch,
    examples: batch,
    studentPictures: pictures ? batch : 0,
    teacherPictures: pictures ? batch : 0,
  };
}
