import { EngineError } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { sameRecipe } from '../recipe/same-recipe.ts';
import { decodeState, type SavedState } from '../run/saved-state.ts';
import type { TrainSession } from '../session.ts';
import type { Students } from './students.ts';

/**
 * A saved state for a run of this recipe on what is loaded.
 * @throws EngineError `state-mismatch` where it belongs to something else, or is damaged.
 */
export function readState(
  bytes: Uint8Array,
  { data, teacher, student }: Pick<TrainSession, 'data' | 'teacher' | 'student'>,
  recipe: Recipe,
): SavedState {
  const state = decodeState(bytes);
  const same =
    state.dataHash === data.hash &&
    state.teacher === teacher.checkpoint.hash &&
    state.student === student.checkpoint.hash &&
    sameRecipe(state.recipe, recipe) &&
    state.seeds.length === recipe.seeds;
  if (!same) throw mismatch();
  return state;
}

/** @throws EngineError `state-mismatch` where the state has not all that these students need. */
export function restoreStudents(students: Students, { tensors }: SavedState): void {
  const sizes = [...students.stateSizes()];
  if (sizes.some(([name, length]) => tensors.get(name)?.length !== length)) throw mismatch();
  students.restore(tensors);
}

function mismatch(): EngineError {
  return new EngineError(
    'state-mismatch',
    'The saved run belongs to another recipe, data set or checkpoint.',
    'Load the pair and recipe it was saved with, or start the run again.',
  );
}
