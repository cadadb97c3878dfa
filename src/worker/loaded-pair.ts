import { architectureOf } from '../engine/models/checkpoints/architecture.ts';
import { EngineError } from '../engine/errors.ts';
import { sameOwnData } from '../engine/own-data-key.ts';
import type { Recipe } from '../engine/recipe/recipe.ts';
import { contentsOf, type TrainSession } from '../engine/session.ts';
import type { LoadedPair } from './protocol.ts';

/** What the page hears of a pair once it is loaded. */
export function loadedPair(session: TrainSession): LoadedPair {
  return {
    pair: session.pair,
    architecture: {
      teacher: architectureOf(session.teacher.checkpoint),
      student: architectureOf(session.student.checkpoint),
    },
    contents: contentsOf(session),
  };
}

/** What is loaded, for a recipe that is about it. @throws EngineError `engine-busy` where it is about something else. */
export function sessionFor({ pair, data }: Recipe, session: TrainSession | undefined): TrainSession {
  if (session === undefined || session.pair.key !== pair)
    throw new EngineError('engine-busy', `The pair “${pair}” is not loaded.`, 'Load it, then run again.');
  if (!sameOwnData(session.data.own?.key, data.own))
    throw new EngineError(
      'engine-busy',
      'Other data are loaded than the recipe is about.',
      'Load them, then run again.',
    );
  return session;
}
