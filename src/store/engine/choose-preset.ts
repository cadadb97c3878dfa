import { useStore } from '../store.ts';
import { loadPair } from './load-pair.ts';

/** Fills the recipe from a preset and loads its pair. */
export function choosePreset(key: string): void {
  const { draft, applyPreset } = useStore.getState();
  applyPreset(key);
  const chosen = useStore.getState().draft.pair;
  if (chosen !== draft.pair) void loadPair(chosen);
}
