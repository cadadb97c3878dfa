import type { Recipe } from '../../engine/recipe/recipe.ts';
import {
  changesAfter,
  changesIn,
  recordUntil,
  type RunRecord,
  type RunWords,
} from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import type { RunStart } from '../../worker/protocol.ts';

/** From where a run begins: anew, or from a state (`encodeState`) with what it told up to there. */
export interface Origin {
  recipe: Recipe;
  record?: RunRecord;
  /** The sweep that it is part of, where it begins anew. */
  sweep?: RunRecord['sweep'];
  /** What a person says of it, where it begins anew. */
  words?: RunWords;
  state?: Uint8Array;
  changes: RunStart['changes'];
}

/** Updates that are done where a run begins. */
export function stepOf({ state }: Origin): number {
  return state === undefined ? 0 : describeState(state).step;
}

/**
 * Where a run that lost its engine goes on: at its latest state, or where there is none, at its start.
 * @param record what it has told, where that was recorded
 */
export function originAfterLoss(
  from: Origin,
  state: Uint8Array | undefined,
  record: RunRecord | undefined,
): Origin {
  const known = state === undefined ? { step: -1, recipe: from.recipe } : describeState(state);
  return {
    recipe: known.recipe,
    state,
    record:
      record && (state === undefined ? { ...record, events: [] } : recordUntil(record, describeState(state))),
    // What a person changed after the state was saved is changed again, after the same updates.
    changes: record === undefined ? [] : [...changesAfter(from.changes, known), ...changesIn(record, known)],
  };
}
