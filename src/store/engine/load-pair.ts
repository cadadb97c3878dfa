import { readsPictures } from '../../engine/models/checkpoints/own-pair.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isOfText } from '../../engine/recipe/splits.ts';
import { cleared } from '../slices/cleared.ts';
import { isSame, loadable } from '../slices/pair-slice.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { bringUp, showLoaded } from './bring-up.ts';

const { getState, setState } = useStore;

/** Chooses a pair and loads it with the draft's data; what an earlier run showed is cleared, because it belongs to another pair. */
export async function loadPair(pair: string): Promise<void> {
  const state = getState();
  if (isActive(state.run.phase) || state.device.status !== 'ready') return;
  if (state.draft.pair !== pair) state.setField('pair', pair);
  // Pairs mostly read pictures, and recipes ask about them.
  if (isOfText(state.draft.evaluation.split) || knownToRead(pair) === false)
    (await import('../fit-draft.ts')).fitDraft();
  const wanted = { ...loadable(getState().draft), pair };
  // A record that is shown brings its own pair; the one that came with the page leaves the draft's as it is.
  const { replay } = state;
  const shown =
    replay !== undefined &&
    isSame(wanted, loadable(replay.kind === 'recorded' ? replay.before : replay.record.recipe));
  setState({
    load: { status: 'loading', ...wanted, files: {} },
    architecture: undefined,
    contents: undefined,
    ...(shown ? {} : cleared()),
  });
  const result = await bringUp(wanted);
  // Where the engine was lost meanwhile, the supervisor loads the pair.
  if (!isSame(loadable(getState().draft), wanted) || getState().device.status === 'opening') return;
  showLoaded(wanted, result);
}

/** Whether a recipe asks about what its pair reads, pictures or text alone; one whose pair nobody knows may. */
export function fits({ pair, evaluation }: Recipe): boolean {
  return (knownToRead(pair) ?? !isOfText(evaluation.split)) !== isOfText(evaluation.split);
}

/** Undefined of a pair that nobody knows. */
function knownToRead(key: string): boolean | undefined {
  const pair = getState().pairs.find((one) => one.key === key);
  return pair && readsPictures(pair);
}

/** Loads what a run of the draft needs, or of another pair with the draft's data, where it is not loaded. @returns whether the run may begin */
export async function isLoaded(pair = getState().draft.pair): Promise<boolean> {
  const loaded = ({ load, draft }: ReturnType<typeof getState>) =>
    load.status === 'ready' && isSame(load, { ...loadable(draft), pair });
  if (!loaded(getState())) await loadPair(pair);
  return loaded(getState()) && !isActive(getState().run.phase);
}
