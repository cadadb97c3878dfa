import type { TrainEvent } from '../../engine/run/events.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import type { Reply } from '../../worker/protocol.ts';
import { Autosave } from './autosave.ts';
import { Recorder } from './recorder.ts';
import { askToPersist } from './persistence.ts';
import { openRunDatabase } from './run-database.ts';
import { RunKeeper } from './run-keeper.ts';
import { holdRun } from '../run/run-lock.ts';
import type { Resumable, RunRow } from '../slices/runs-slice.ts';
import { useStore } from '../store.ts';
import { isLoss } from '../run/supervise.ts';

const { getState, setState } = useStore;

/** The page's runs. */
export const keeper = new RunKeeper(openRunDatabase, (runsNotice) => setState({ runsNotice }));

/** The run that goes on or went on last, with all its events. */
let present: Recorder | undefined;

export function presentRecord(): RunRecord | undefined {
  return present?.record;
}

/** Takes the events of one run. */
export interface Recording {
  take(at: number, event: TrainEvent): void;
  /** What has been told so far. */
  record(): RunRecord | undefined;
  /** Goes back to an earlier part of the record; what followed is told again. */
  goBack(record: RunRecord): void;
  /** Called when the engine is through with the run. */
  end(): Promise<void>;
}

/**
 * Begins to record a run and to save its state. No other tab trains the same run: a new one has an id of its own, and who goes on with one holds
 * it (`holdRun`).
 * @param save asks the engine for the run's state
 * @param earlier the part of the record that a run which goes on has behind it
 */
export async function startRecording(
  save: () => Promise<Reply<Uint8Array>>,
  earlier?: RunRecord,
): Promise<Recording> {
  const { device } = getState();
  const adapter = device.status === 'ready' ? device.report.adapter : 'unknown';
  const id = earlier?.id ?? crypto.randomUUID();
  const recorder = new Recorder(keeper, { id, adapter }, showRow, earlier);
  present = recorder;
  setState({ presentId: id });
  const release = await holdRun(id);
  const autosave = new Autosave(recorder, save, showResumable);
  void askToPersist();
  return {
    take(at, event) {
      recorder.take(at, event);
      autosave.take(event);
    },
    record: () => recorder.record,
    goBack: (record) => recorder.goBack(record),
    async end() {
      await autosave.end();
      const { record } = recorder;
      if (record?.outcome === 'stopped') await autosave.now(false);
      if (!mayGoOn(record)) await forgetState(id);
      release?.();
    },
  };
}

/** A finished run has nothing to go on with, and of those that saved no state only one that lost its engine need begin again. */
function mayGoOn(record: RunRecord | undefined): boolean {
  if (record === undefined || record.outcome === 'done') return false;
  const { resumables, run } = getState();
  const saved = resumables.some(({ id, step }) => id === record.id && step > 0);
  return saved || (run.failure !== undefined && isLoss(run.failure));
}

/** Takes the offer to go on with a run away, and what it would go on from. */
export async function forgetState(id: string): Promise<void> {
  setState({ resumables: getState().resumables.filter((other) => other.id !== id) });
  await keeper.forgetState(id);
}

function showResumable(about: Resumable): void {
  setState({ resumables: [about, ...getState().resumables.filter(({ id }) => id !== about.id)] });
}

function showRow(row: RunRow): void {
  const { runs } = getState();
  if (runs !== undefined) setState({ runs: [row, ...runs.filter(({ id }) => id !== row.id)] });
}
