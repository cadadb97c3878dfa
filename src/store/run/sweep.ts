import type { Recipe } from '../../engine/recipe/recipe.ts';
import { worked, workTime } from '../../engine/work-time.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { begin } from './begin.ts';

const { getState, setState } = useStore;

/** Failures after which the next run would fail too. */
const final = new Set(['device-lost', 'engine-lost', 'out-of-memory', 'internal', 'engine-busy']);

/**
 * Runs one recipe after the other; the draft is then again what it was. Stop of a run stops them all.
 * @param fields in which they differ, beside the seed.
 */
export async function startSweep(recipes: readonly Recipe[], fields: string[]): Promise<void> {
  const { run: current, load, draft } = getState();
  if (isActive(current.phase) || load.status !== 'ready' || getState().sweep !== undefined) return;
  const id = crypto.randomUUID();
  let seconds = 0;
  for (const [done, recipe] of recipes.entries()) {
    setState({
      sweep: {
        id,
        fields,
        total: recipes.length,
        done,
        secondsEach: done && seconds / done,
        stopping: false,
      },
    });
    getState().takeRecipe(recipe);
    await begin();
    const { sweep, run: ended, present } = getState();
    seconds += worked(ended.time ?? workTime()) / 1000;
    // A run that could not begin is none of these.
    const through =
      ended.phase === 'done' || (ended.phase === 'failed' && present?.record.outcome === 'failed');
    if (!through || sweep?.stopping !== false || (ended.failure && final.has(ended.failure.code))) break;
  }
  getState().takeRecipe(draft);
  setState({ sweep: undefined });
}

/** Lets the present run end and begins no other. */
export function stopSweep(): void {
  const { sweep } = getState();
  if (sweep !== undefined) setState({ sweep: { ...sweep, stopping: true } });
}
