import { architectureOf } from '../engine/models/checkpoints/architecture.ts';
import { contentsOf, type TrainSession } from '../engine/session.ts';
import type { LoadedPair } from './protocol.ts';

/** What the page hears of a pair once it is loaded. */
export function loadedPair(session: TrainSession): LoadedPair {
  return {
    architecture: {
      teacher: architectureOf(session.teacher.checkpoint),
      student: architectureOf(session.student.checkpoint),
    },
    contents: contentsOf(session),
  };
}
