import type { TrainEvent } from '../engine/distill/events.ts';
import type { RunRecord } from '../engine/distill/run-record.ts';
import type { Reply } from '../worker/protocol.ts';
import { Autosave } from './autosave.ts';
import { Recorder } from './recorder.ts';
import { openRunDatabase } from './run-database.ts';
import { RunKeeper } from './run-keeper.ts';
import { holdRunLock } from './run-lock.ts';
import type { RunRow } from './runs-slice.ts';
import { useStore } from './store.ts';

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
 * Begins to record a run, and to save its state where no other tab does.
 * @param save asks the engine for the run's state
 * @param earlier the part of the record that a run which goes on has behind it
 */
export async function startRecording(
  save: () => Promise<Reply<Uint8Array>>,
  earlier?: RunRecord,
): Promise<Recording> {
  const { device } = getState();
  const adapter = device.status === 'ready' ? device.report.adapter : 'unknown';
  const recorder = new Recorder(keeper, adapter, showRow, earlier);
  present = recorder;
  const release = await holdRunLock();
  if (release === undefined)
    setState({
      runsNotice: {
        code: 'storage-refused',
        message:
          'Another tab of this page is training. This run is recorded too, but its state is not saved on the way: it could not be resumed after a reload.',
        action: 'Train in one tab at a time to have that.',
      },
    });
  setState({ resumable: undefined });
  const autosave = release && new Autosave(recorder, save, (resumable) => setState({ resumable }));
  return {
    take: (at, event) => recorder.take(at, event),
    record: () => recorder.record,
    goBack: (record) => recorder.goBack(record),
    async end() {
      await autosave?.end();
      const { record } = recorder;
      if (record?.outcome === 'stopped') await autosave?.now(false);
      // A finished run has nothing to go on with.
      if (autosave !== undefined && record?.outcome === 'done') {
        await keeper.forgetState();
        setState({ resumable: undefined });
      }
      release?.();
    },
  };
}

function showRow(row: RunRow): void {
  const { runs } = getState();
  if (runs !== undefined) setState({ runs: [row, ...runs.filter(({ id }) => id !== row.id)] });
}
