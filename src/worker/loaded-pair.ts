import { architectureOf } from '../engine/models/checkpoints/architecture.ts';
import type { TrainSession } from '../engine/session.ts';
import type { LoadedPair } from './protocol.ts';

/** What the page hears of a pair once it is loaded. */
export function loadedPair({ teacher, student, data }: TrainSession): LoadedPair {
  return {
    architecture: {
      teacher: architectureOf(teacher.checkpoint),
      student: architectureOf(student.checkpoint),
    },
    contents: {
      dataHash: data.hash,
      checkpoints: { teacher: teacher.checkpoint.hash, student: student.checkpoint.hash },
    },
  };
}
