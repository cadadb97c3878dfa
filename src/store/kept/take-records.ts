import type { RunRecord } from '../../engine/run/record.ts';
import { splitRecord } from '../../engine/sweep/split.ts';
import { keepAfterAll, removeRun } from './deletion.ts';
import { keeper } from './keeper.ts';
import { redraw } from './overlays.ts';
import { recordHere, showRows } from './run-list.ts';
import { lastStep, runRow } from './run-row.ts';
import { forgetState } from './save-points.ts';

/** Takes records into the list; of a run that is there already, or was deleted a moment ago, the longer record stays. */
export async function takeRecords(records: readonly RunRecord[]): Promise<void> {
  const taken: RunRecord[] = [];
  for (const record of records) {
    keepAfterAll(record.id);
    const here = await recordHere(record.id).catch(() => undefined);
    if (here !== undefined && !isLonger(record, here)) continue;
    await keeper.write(record, runRow(record), 0);
    taken.push(record);
  }
  redraw(taken);
  showRows(taken.map(runRow));
}

/**
 * Puts the records of the settings that a run trained together in the place of its own, where the browser has room for them; of a run of one setting
 * nothing changes.
 * @param parts those that are kept
 */
export async function takeApart(record: RunRecord, parts = splitRecord(record)): Promise<void> {
  if (record.sweep?.settings === undefined) return;
  const { id } = record;
  const wholeLasts = keeper.lasts(id) && (await keeper.read(id)) !== undefined;
  await takeRecords(parts);
  const fewer = wholeLasts && !parts.every((part) => keeper.lasts(part.id)) ? parts : [record];
  for (const gone of fewer) await removeRun(gone.id);
}

/** What becomes of a run that nobody goes on with: its state goes, and settings that it trained together get their records. */
export async function settle(record: RunRecord): Promise<void> {
  await forgetState(record.id);
  await takeApart(record);
}

function isLonger(a: RunRecord, b: RunRecord): boolean {
  return lastStep(a) === lastStep(b) ? a.events.length > b.events.length : lastStep(a) > lastStep(b);
}
