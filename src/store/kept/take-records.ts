import type { RunRecord } from '../../engine/run/record.ts';
import { keeper } from './keeper.ts';
import { redraw } from './overlays.ts';
import { recordHere, showRows } from './run-list.ts';
import { lastStep, runRow } from './run-row.ts';

/** Takes records into the list; of a run that is there already, the longer record stays. */
export async function takeRecords(records: readonly RunRecord[]): Promise<void> {
  const taken: RunRecord[] = [];
  for (const record of records) {
    const here = await recordHere(record.id).catch(() => undefined);
    if (here !== undefined && !isLonger(record, here)) continue;
    await keeper.write(record, runRow(record), 0);
    taken.push(record);
  }
  redraw(taken);
  showRows(taken.map(runRow));
}

function isLonger(a: RunRecord, b: RunRecord): boolean {
  return lastStep(a) === lastStep(b) ? a.events.length > b.events.length : lastStep(a) > lastStep(b);
}
