import { latestRecipe, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { working, workTime } from '../../engine/work-time.ts';
import type { RunStart } from '../../worker/protocol.ts';
import { isLoaded } from '../engine/load-pair.ts';
import { cleared } from '../slices/cleared.ts';
import { isSame, loadable } from '../slices/pair-slice.ts';
import { idleRun, isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { showPast } from './past.ts';
import { train } from './train.ts';

const { getState, setState } = useStore;

/**
 * Starts the draft recipe from the loaded checkpoints; resolves when the run has ended, however it did.
 * @param sweep of which the run is part
 * @param words what a person says of it
 * @returns false where it could not begin
 */
export async function begin(sweep?: RunRecord['sweep'], words?: RunWords): Promise<boolean> {
  const { parsed: recipe, load, run, issues } = getState();
  if (recipe === undefined || issues.length > 0 || load.status !== 'ready' || isActive(run.phase))
    return false;
  // No pause where there is nothing to load: a second press finds the run begun.
  if (!isSame(load, loadable(recipe)) && !(await isLoaded())) return false;
  setState({
    ...cleared(),
    run: {
      ...idleRun,
      phase: 'preparing',
      message: 'Preparing the run.',
      time: working(workTime()),
      forecast: getState().forecast,
      recipe,
    },
  });
  await train({ recipe, changes: [], sweep, words });
  return true;
}

/**
 * Goes on with a run from its saved state, bit for bit; resolves when it has ended, however it did.
 * @param record what it told up to the state (`recordUntil`)
 * @param state `encodeState`
 * @param changes what it follows from there or a later step on, where that is not the recipe that it was saved with
 */
export async function goOn(
  record: RunRecord,
  state: Uint8Array,
  changes: RunStart['changes'] = [],
): Promise<void> {
  const recipe = latestRecipe(record);
  const wanted = changes.at(-1)?.recipe ?? recipe;
  if (isActive(getState().run.phase)) return;
  if (getState().draft !== wanted) getState().takeRecipe(wanted);
  if (!(await isLoaded())) return;
  setState(cleared());
  const { step } = describeState(state);
  showPast(record, {
    message: `Going on from step ${step}: both models answer the questions once more.`,
    time: working(workTime(record.events.at(-1)?.at)),
    recipe,
    planned: changes,
  });
  await train({ recipe, record, state, changes });
}
