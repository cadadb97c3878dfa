import { httpSource, readJson } from '../../engine/models/checkpoints/source.ts';
import { recordFromJson } from '../../engine/run/record-json.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { readRecord } from '../kept/run-list.ts';
import { telling } from '../kept/telling.ts';
import { useStore } from '../store.ts';
import { show, tell } from './replay.ts';

/** The run that comes with the page. */
const recorded = 'recorded/default.json';
/** ms in which it is told. */
export const storyLength = 28_000;

/** Shows an earlier run in the panels. */
export function openRun(id: string): Promise<void> {
  return telling(async () => show(await readRecord(id)));
}

/** Plays the run that comes with the page. */
export function playRecorded(): Promise<void> {
  return telling(async () => tell(await readRecorded(), storyLength));
}

export async function readRecorded(): Promise<RunRecord> {
  return recordFromJson(await readJson(httpSource(new URL(document.baseURI)), recorded));
}

/** Shows a run that came as a file, and remembers it where it came with the state it can go on from (`encodeState`). */
export function showOpened(record: RunRecord, state: Uint8Array | undefined): void {
  useStore.setState({ opened: state && { id: record.id, step: describeState(state).step, state, record } });
  show(record);
}
