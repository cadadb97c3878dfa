import { EngineError } from '../../engine/errors.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { changesIn, recordUntil, type RunRecord } from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { isLoaded } from '../engine/load-pair.ts';
import { keepAfterAll, removeRun } from '../kept/deletion.ts';
import { runLocks } from '../kept/keeper.ts';
import { readRecord, wordsOf } from '../kept/run-list.ts';
import { lastStep, runRow } from '../kept/run-row.ts';
import { forgetState, hideSavePoint, savedState, stepToGoOn } from '../kept/save-points.ts';
import { telling } from '../kept/telling.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { begin, goOn } from './begin.ts';
import { show } from './replay.ts';

const { getState } = useStore;

/**
 * Goes on with a run from where its state was saved, or begins it again where none was.
 * @param change makes what it follows from there on of the recipe that it was saved with
 */
export function goOnWith(id: string, change?: (recipe: Recipe) => Recipe): Promise<void> {
  return telling(() => runLocks.alone(id, () => goOnAlone(id, change)));
}

async function goOnAlone(id: string, change?: (recipe: Recipe) => Recipe): Promise<void> {
  if (getState().sweep !== undefined)
    throw new EngineError('engine-busy', 'A sweep goes on.', 'Wait until it is over, or end it.');
  // Whoever goes on with a run has not meant to delete it.
  keepAfterAll(id);
  const { opened } = getState();
  const file = opened?.id === id ? opened : undefined;
  const record = file?.record ?? (await readRecord(id));
  if (stepToGoOn(id, getState()) === 0) return beginAgain(record);
  const bytes = await savedState(id);
  if (bytes === undefined) {
    // Another tab may have needed its room.
    hideSavePoint(id);
    throw new EngineError('state-mismatch', 'The saved state is gone.', 'Start the run again.');
  }
  const saved = describeState(bytes);
  const past = recordUntil(record, saved);
  // What comes from a file becomes a run of its own: the file's stays as it was.
  const own = file === undefined ? past : copied(past);
  // What a person changed on the way after it was saved is changed again, after the same updates.
  const changes = change ? [{ step: saved.step, recipe: change(saved.recipe) }] : changesIn(record, saved);
  await goOn(own, bytes, changes);
  const { runsNotice } = getState();
  if (runsNotice?.code === 'state-mismatch') show(record);
}

/** Starts a run anew of which no state was saved; one that has told nothing gives its place in the list, and its words, to it. */
async function beginAgain(record: RunRecord): Promise<void> {
  const { id, recipe } = record;
  if (isActive(getState().run.phase)) return;
  getState().takeRecipe(recipe);
  if (!(await isLoaded())) return;
  const untold = lastStep(record) === 0;
  const ended = begin(record.sweep, untold ? wordsOf(record) : undefined);
  if (!isActive(getState().run.phase)) return;
  await (untold ? removeRun(id) : forgetState(id));
  await ended;
}

/** The record of a new run with the same past, which goes on in this browser. */
function copied(record: RunRecord): RunRecord {
  const { device } = getState();
  const here = device.status === 'ready' ? device.report.adapter : 'unknown';
  const adapter =
    here === record.adapter ? here : `${record.adapter}; from step ${runRow(record).step} on ${here}`;
  return { ...record, id: crypto.randomUUID(), startedAt: new Date().toISOString(), adapter };
}
