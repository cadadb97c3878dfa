import type { RunRecord } from '../../engine/run/record.ts';
import { untold } from '../slices/cleared.ts';
import type { RunState } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { foldEvents } from './apply-event.ts';

const { getState, setState } = useStore;

/** Shows what a record tells, as the past of a run that goes on. */
export function showPast(record: RunRecord | undefined, change: Partial<RunState>): void {
  const past = foldEvents({ ...getState(), ...untold() }, record?.events ?? []);
  setState({ ...past, run: { ...past.run, phase: 'preparing', ...change } });
}
