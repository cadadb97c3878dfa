import { cleared } from '../slices/cleared.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { bringUp, showLoaded } from './bring-up.ts';

const { getState, setState } = useStore;

/** Chooses a pair and loads it; what an earlier run showed is cleared, because it belongs to another pair. */
export async function loadPair(pair: string): Promise<void> {
  const state = getState();
  if (isActive(state.run.phase) || state.device.status !== 'ready') return;
  if (state.draft.pair !== pair) state.setField('pair', pair);
  // A record that is shown brings its own pair.
  const shown = state.replay !== undefined && state.run.recipe?.pair === pair;
  setState({
    load: { status: 'loading', pair, files: {} },
    architecture: undefined,
    contents: undefined,
    ...(shown ? {} : cleared()),
  });
  const result = await bringUp(pair);
  // Where the engine was lost meanwhile, the supervisor loads the pair.
  if (getState().draft.pair !== pair || getState().device.status === 'opening') return;
  showLoaded(pair, result);
}

/** Loads the pair that a run needs, where it is not the one that is loaded. @returns whether the run may begin */
export async function isLoaded(pair: string): Promise<boolean> {
  const loaded = ({ load }: ReturnType<typeof getState>) => load.status === 'ready' && load.pair === pair;
  if (!loaded(getState())) await loadPair(pair);
  return loaded(getState()) && !isActive(getState().run.phase);
}
