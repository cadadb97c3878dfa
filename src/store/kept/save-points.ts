import type { SavePoint } from '../slices/runs-slice.ts';
import { useStore, type Store } from '../store.ts';
import { keeper } from './keeper.ts';

const { getState, setState } = useStore;

/** The step that a run can go on from here, 0 where it would begin again; undefined where it cannot. */
export function stepToGoOn(
  id: string,
  { savePoints, opened }: Pick<Store, 'savePoints' | 'opened'>,
): number | undefined {
  if (opened?.id === id) return opened.step;
  return savePoints.find((point) => point.id === id)?.step;
}

/** The bytes of a run's saved state (`encodeState`), where they are at hand. */
export async function savedState(id: string): Promise<Uint8Array | undefined> {
  const { opened, present, latestState } = getState();
  if (opened?.id === id) return opened.state;
  if (stepToGoOn(id, getState()) === undefined) return undefined;
  // The browser may have had no room for the latest.
  return (present?.id === id ? latestState : undefined) ?? keeper.state(id);
}

/** Offers to go on with a run, before others, in place of an earlier offer. */
export function showSavePoint(point: SavePoint): void {
  setState({ savePoints: [point, ...getState().savePoints.filter(({ id }) => id !== point.id)] });
}

/** Takes the offer to go on with a run away. */
export function hideSavePoint(id: string): void {
  setState({ savePoints: getState().savePoints.filter((other) => other.id !== id) });
}

/** Takes the offer to go on with a run away, and what it would go on from. */
export async function forgetState(id: string): Promise<void> {
  hideSavePoint(id);
  await keeper.forgetState(id);
}
