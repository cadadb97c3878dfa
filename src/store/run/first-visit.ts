import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import { readEarlierRuns } from './settle.ts';
import { hasSeen, rememberSeen } from '../seen.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore, type Store } from '../store.ts';
import { readRecorded, storyLength } from './open-run.ts';
import { tell } from './replay.ts';

const { getState } = useStore;

/**
 * Plays the recorded run for who is here for the first time, without being asked, and without a device or a pair. Not where somebody came for a recipe
 * of their own, has runs, wants no motion, or reads course notes around the page. It is over, and remembered, when it is at its end or gives way.
 */
export async function welcome(): Promise<void> {
  if (getState().view === 'embed' || hasSeen('story') || prefersStillness() || !isUntouched(getState()))
    return;
  // Nobody has asked: where it cannot be fetched, nothing is said.
  const [record] = await Promise.all([readRecorded().catch(() => undefined), readEarlierRuns()]);
  const { runs = [], savePoints } = getState();
  if (record === undefined || runs.length > 0 || savePoints.length > 0 || !isUntouched(getState())) return;
  tell(record, storyLength);
  const unsubscribe = useStore.subscribe((state) => {
    if (state.replay?.record === record && state.replay.at < state.replay.length) return;
    unsubscribe();
    rememberSeen('story');
  });
}

/** Nobody has begun anything. */
function isUntouched({ run, replay, draft }: Store): boolean {
  return !isActive(run.phase) && run.step === 0 && replay === undefined && sameRecipe(draft, defaultRecipe);
}

function prefersStillness(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
