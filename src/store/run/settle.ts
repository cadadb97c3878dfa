import { runLocks } from '../kept/keeper.ts';
import { readRecord, readRuns } from '../kept/run-list.ts';
import { forgetState } from '../kept/save-points.ts';
import { takeApart } from '../kept/take-records.ts';
import { telling } from '../kept/telling.ts';
import { useStore } from '../store.ts';

const { getState } = useStore;

/** Takes the offer to go on with a run away because a person does not want it. */
export function discardSavePoint(id: string): Promise<void> {
  return telling(() => settle(id));
}

/** Reads what earlier visits left. */
export async function readEarlierRuns(): Promise<void> {
  await readRuns();
  const { runs = [], savePoints } = getState();
  const offered = new Set(savePoints.map(({ id }) => id));
  // Settings that were trained together and did not get their records: the page was closed, or the state to go on from was given up.
  const left = runs.filter(({ id, sweep }) => sweep?.joint === true && !offered.has(id));
  // What another tab trains is left alone.
  for (const { id } of left) await settle(id).catch(() => undefined);
}

/** What becomes of a run that nobody goes on with: of one that trained settings of a sweep together, each setting gets its record. */
function settle(id: string): Promise<void> {
  return runLocks.alone(id, async () => {
    await forgetState(id);
    await takeApart(await readRecord(id));
  });
}
