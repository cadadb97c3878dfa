import { runLocks } from '../kept/keeper.ts';
import { readRecord, readRuns } from '../kept/run-list.ts';
import { settle } from '../kept/take-records.ts';
import { telling } from '../kept/telling.ts';
import { useStore } from '../store.ts';

const { getState } = useStore;

/** Takes the offer to go on with a run away because a person does not want it. */
export function discardSavePoint(id: string): Promise<void> {
  return telling(() => settleAlone(id));
}

/** Reads what earlier visits left. */
export async function readEarlierRuns(): Promise<void> {
  await readRuns();
  const { runs = [], savePoints } = getState();
  const offered = new Set(savePoints.map(({ id }) => id));
  // Settings that were trained together and did not get their records: the page was closed, or the state to go on from was given up.
  const left = runs.filter(({ id, sweep }) => sweep?.joint === true && !offered.has(id));
  // What another tab trains is left alone.
  for (const { id } of left) await settleAlone(id).catch(() => undefined);
}

function settleAlone(id: string): Promise<void> {
  return runLocks.alone(id, async () => settle(await readRecord(id)));
}
