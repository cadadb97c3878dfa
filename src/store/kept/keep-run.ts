import type { TrainEvent } from '../../engine/run/events.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { beginRecord, putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { saveState } from '../engine/latest-run.ts';
import { isLoss } from '../engine/supervise.ts';
import { useStore } from '../store.ts';
import { Autosave } from './autosave.ts';
import { removeRun } from './deletion.ts';
import { keeper, runLocks } from './keeper.ts';
import { askToPersist } from '../engine/persistence.ts';
import { Recorder } from './recorder.ts';
import { showRow, wordsOf } from './run-list.ts';
import { showSavePoint } from './save-points.ts';
import { settle } from './take-records.ts';

const { getState, setState } = useStore;

/** A run as it is being kept: its record and where it can go on. */
export interface KeptRun {
  /** @param at ms for which the run has worked. */
  take(at: number, event: TrainEvent): void;
  /** What has been told so far. */
  record(): RunRecord;
  /** Goes back to an earlier part of the record; what followed is told again. */
  goBack(record: RunRecord): void;
  /** Called when the engine is through with the run. */
  end(): Promise<void>;
}

/**
 * Begins to record a run and to save its state. No other tab trains the same run: a new one has an id of its own, and who goes on with one holds
 * it (`RunLocks`).
 * @param origin.record the part of the record that a run which goes on has behind it
 * @param origin.words what is said of a run that begins; of one that goes on the list knows it
 */
export async function keepRun(origin: {
  recipe: Recipe;
  record?: RunRecord;
  sweep?: RunRecord['sweep'];
  words?: RunWords;
}): Promise<KeptRun> {
  const { recipe, record: earlier, sweep, words } = origin;
  const { device, contents } = getState();
  const adapter = device.status === 'ready' ? device.report.adapter : 'unknown';
  const startedAt = new Date().toISOString();
  const about = {
    id: crypto.randomUUID(),
    startedAt,
    adapter,
    ...(sweep && { sweep }),
  };
  // Where a run begins, a pair is loaded.
  const record = earlier ?? beginRecord(about, { recipe, ...contents! });
  putWords(record, words ?? wordsOf(record));
  const recorder = new Recorder(keeper, record, showRow);
  const { id } = recorder;
  setState({ present: recorder });
  const release = await runLocks.hold(id);
  const autosave = new Autosave(recorder, saveState, showSavePoint);
  if (earlier === undefined) autosave.begin();
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
      if (record.outcome === 'stopped') await autosave.now(false);
      // Nothing of it was ever told: the device was refused.
      if (record.events.length === 0) await removeRun(id);
      else if (!mayGoOn(record)) await settle(record);
      release?.();
    },
  };
}

/** A finished run has nothing to go on with, and of those that saved no state only one that lost its engine need begin again. */
function mayGoOn(record: RunRecord): boolean {
  if (record.outcome === 'done') return false;
  const { savePoints, run } = getState();
  const saved = savePoints.some(({ id, step }) => id === record.id && step > 0);
  return saved || (run.failure !== undefined && isLoss(run.failure));
}
