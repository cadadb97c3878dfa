import { useStore } from '../store.ts';
import { openRunDatabase } from './indexed-runs.ts';
import { RunKeeper } from './run-keeper.ts';
import { RunLocks } from './run-locks.ts';

/**
 * The page's runs, and those that this tab holds. They are made once, here, and not in the store: one is the handle of a database connection, the
 * other of locks, of which a tab must not have two. What they tell lands in a slice.
 */
export const keeper = new RunKeeper(openRunDatabase, (runsNotice) => useStore.setState({ runsNotice }));
export const runLocks = new RunLocks();
