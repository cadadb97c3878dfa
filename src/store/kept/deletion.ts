import { toFailure } from '../../engine/errors.ts';
import { useStore } from '../store.ts';
import { keeper, runLocks } from './keeper.ts';
import { showRows } from './run-list.ts';
import { forgetState } from './save-points.ts';

const { getState, setState } = useStore;

/** ms in which a deletion can be undone. */
const undoTime = 6000;

/** Takes a run out of the list, and a few seconds later out of the browser. */
export function deleteRun(id: string): void {
  const { runs = [], overlays } = getState();
  const row = runs.find((candidate) => candidate.id === id);
  if (row === undefined) return;
  finishDeletion();
  const deleted = { row };
  setState({
    runs: runs.filter((candidate) => candidate.id !== id),
    overlays: overlays.filter((overlay) => overlay.id !== id),
    deleted,
  });
  setTimeout(() => {
    // It may have been undone, or finished by the next one.
    if (getState().deleted === deleted) finishDeletion();
  }, undoTime);
}

/** Keeps a run whose deletion can still be undone; others are left as they are. */
export function keepAfterAll(id: string): void {
  if (getState().deleted?.row.id === id) undoDeletion();
}

export function undoDeletion(): void {
  const { deleted } = getState();
  if (deleted === undefined) return;
  showRows([deleted.row]);
  setState({ deleted: undefined });
}

function finishDeletion(): void {
  const { deleted } = getState();
  if (deleted === undefined) return;
  setState({ deleted: undefined });
  void removeRun(deleted.row.id).catch((error: unknown) => {
    showRows([deleted.row]);
    setState({ runsNotice: toFailure(error) });
  });
}

/** Takes a run out of the browser, also one that cannot be read. */
export function removeRun(id: string): Promise<void> {
  return runLocks.alone(id, async () => {
    const { runs, unreadable } = getState();
    setState({
      runs: runs?.filter((row) => row.id !== id),
      unreadable: unreadable.filter((other) => other.id !== id),
    });
    await forgetState(id);
    await keeper.remove(id);
  });
}
