import type { EngineFailure } from '../../engine/errors.ts';
import { useStore } from '../store.ts';
import { openRunDatabase } from './indexed-runs.ts';
import { RunKeeper, type Forgotten } from './run-keeper.ts';
import { RunLocks } from './run-locks.ts';

const { getState, setState } = useStore;

/**
 * The page's runs, and those that this tab holds. They are made once, here, and not in the store: one is the handle of a database connection, the
 * other of locks, of which a tab must not have two. What they tell lands in a slice.
 */
export const keeper = new RunKeeper(openRunDatabase, notify, (forgotten) => void takeBackOffers(forgotten));
export const runLocks = new RunLocks();

/** Offers to go on only from what is still kept; says so of states for which the browser had no room. */
async function takeBackOffers({ rotated, forRoom }: Forgotten): Promise<void> {
  const ids = new Set([...rotated, ...forRoom]);
  // Of a state in memory an earlier one may be in the database, and the other way round.
  const left = (await keeper.savePoints()).filter(({ id }) => ids.has(id));
  const { savePoints } = getState();
  setState({
    savePoints: savePoints.flatMap((point) =>
      ids.has(point.id) ? left.filter(({ id }) => id === point.id) : [point],
    ),
  });
  const lost = savePoints.filter(({ id }) => forRoom.includes(id) && left.every((point) => point.id !== id));
  if (lost.length === 0) return;
  const names = lost.map(({ name }) => `“${name}”`).join(', ');
  notify({
    code: 'storage-refused',
    message: `This browser has no room left for so many saved states: ${names} can no longer go on. What was recorded is kept.`,
    action: 'Delete old runs, or make room on the disk.',
  });
}

/** Says something about storage, after what nobody has read yet. */
function notify(failure: EngineFailure): void {
  const { runsNotice } = getState();
  const unread = runsNotice?.code === 'storage-refused' ? [runsNotice.message] : [];
  setState({ runsNotice: { ...failure, message: [...unread, failure.message].join(' ') } });
}
