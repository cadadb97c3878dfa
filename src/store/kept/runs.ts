import { httpSource, readJson } from '../../engine/models/checkpoints/source.ts';
import { recordFromJson } from '../../engine/run/record-json.ts';
import { recordUntil, type RunRecord } from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { EngineError, toFailure } from '../../engine/errors.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isLoaded } from '../engine/engine.ts';
import { forgetState, keeper, presentRecord } from './recording.ts';
import { show, usualSpeed } from '../run/replay.ts';
import { holdRun, runsElsewhere } from '../run/run-lock.ts';
import { evaluations, lastStep, mainSteps, runRow } from './run-row.ts';
import { isActive } from '../slices/run-slice.ts';
import type { RunRow } from '../slices/runs-slice.ts';
import { useStore } from '../store.ts';
import { goOn, run, stateInMemory } from '../run/training.ts';

const { getState, setState } = useStore;

/** Overlays beyond this many cannot be told apart. */
export const maxOverlays = 4;

/** ms in which a deletion can be undone. */
const undoTime = 6000;

/** The run that comes with the page. */
const recorded = 'recorded/default.json';

/** State that came with an opened bundle; the row's id. */
let bundled: { id: string; bytes: Uint8Array } | undefined;

/** Reads what earlier visits left: the list of runs, and those that were cut off. */
export async function readRuns(): Promise<void> {
  const [{ rows, unreadable }, all, elsewhere] = await Promise.all([
    keeper.list(),
    keeper.resumables(),
    runsElsewhere(),
  ]);
  showRows(rows);
  const known = new Set(rows.map(({ id }) => id));
  const { resumables } = getState();
  const mine = all.filter(({ id }) => known.has(id) && !elsewhere.has(id));
  setState({
    unreadable,
    resumables: [...resumables, ...mine.filter(({ id }) => resumables.every((other) => other.id !== id))],
  });
  if (elsewhere.size > 0 && !isActive(getState().run.phase))
    setState({
      runsNotice: {
        code: 'engine-busy',
        message: 'Another tab of this page is training. Its run is left alone here.',
        action: 'Go on in that tab.',
      },
    });
}

/** A record by its id, with everything that the present run has told so far. */
export async function readRecord(id: string): Promise<RunRecord> {
  const record = await recordHere(id).catch(markUnreadable(id));
  if (record !== undefined) return record;
  throw new EngineError(
    'storage-refused',
    'This run is no longer there: the browser has dropped it.',
    'Delete its row, or open the run from a file.',
  );
}

async function recordHere(id: string): Promise<RunRecord | undefined> {
  const present = presentRecord();
  return present?.id === id ? present : keeper.read(id);
}

/** What turns out to be unreadable is listed as that from then on. */
function markUnreadable(id: string): (error: unknown) => never {
  return (error) => {
    const { runs = [], unreadable } = getState();
    const { message: why, action } = toFailure(error);
    setState({
      runs: runs.filter((row) => row.id !== id),
      unreadable: [...unreadable.filter((other) => other.id !== id), { id, why, action }],
    });
    throw error;
  };
}

/** Shows an earlier run in the panels. */
export function openRun(id: string): Promise<void> {
  return telling(async () => show(await readRecord(id), 'earlier'));
}

/** Plays the run that comes with the page. */
export function playRecorded(): Promise<void> {
  return telling(async () => {
    const json = await readJson(httpSource(new URL(document.baseURI)), recorded);
    show(recordFromJson(json), 'recorded', usualSpeed);
  });
}

/** Draws a run in the charts, or no longer. */
export async function toggleOverlay(id: string): Promise<void> {
  const others = () => getState().overlays.filter((overlay) => overlay.id !== id);
  const drawn = () => getState().overlays.some((overlay) => overlay.id === id);
  const name = getState().runs?.find((row) => row.id === id)?.name;
  if (name === undefined || drawn() || getState().overlays.length >= maxOverlays) {
    setState({ overlays: others() });
    return;
  }
  // The tick shows at once, the lines when they have been read.
  const overlay = { id, name, steps: [], evaluations: [] };
  setState({ overlays: [...getState().overlays, overlay] });
  try {
    const record = await readRecord(id);
    const filled = { ...overlay, steps: mainSteps(record), evaluations: evaluations(record) };
    setState({ overlays: getState().overlays.map((other) => (other.id === id ? filled : other)) });
  } catch (error) {
    setState({ overlays: others(), runsNotice: toFailure(error) });
  }
}

let deletion: { row: RunRow; timer: ReturnType<typeof setTimeout> } | undefined;

/** Takes a run out of the list, and a few seconds later out of the browser. */
export function deleteRun(id: string): void {
  const { runs = [], overlays } = getState();
  const row = runs.find((candidate) => candidate.id === id);
  if (row === undefined) return;
  finishDeletion();
  deletion = { row, timer: setTimeout(finishDeletion, undoTime) };
  setState({
    runs: runs.filter((candidate) => candidate.id !== id),
    overlays: overlays.filter((overlay) => overlay.id !== id),
    deleted: { id, name: row.name },
  });
}

export function undoDeletion(): void {
  if (deletion === undefined) return;
  clearTimeout(deletion.timer);
  showRows([deletion.row]);
  deletion = undefined;
  setState({ deleted: undefined });
}

function finishDeletion(): void {
  if (deletion === undefined) return;
  const { row, timer } = deletion;
  clearTimeout(timer);
  deletion = undefined;
  setState({ deleted: undefined });
  void removeRun(row.id).catch((error: unknown) => {
    showRows([row]);
    setState({ runsNotice: toFailure(error) });
  });
}

/** Takes a run out of the browser, also one that cannot be read. */
export function removeRun(id: string): Promise<void> {
  return alone(id, async () => {
    setState({ unreadable: getState().unreadable.filter((other) => other.id !== id) });
    await forgetState(id);
    await keeper.remove(id);
  });
}

/** Takes away the offer to go on with a run. */
export function discardSaved(id: string): Promise<void> {
  return telling(() => alone(id, () => forgetState(id)));
}

/** The step that a run can go on from here, 0 where it would begin again; undefined where it cannot. */
export function stepToGoOn(
  id: string,
  { resumables, opened }: Pick<ReturnType<typeof getState>, 'resumables' | 'opened'>,
): number | undefined {
  if (opened?.id === id) return opened.step;
  return resumables.find((resumable) => resumable.id === id)?.step;
}

/** The bytes of a run's saved state, where they are at hand. */
export async function savedState(id: string): Promise<Uint8Array | undefined> {
  if (bundled?.id === id) return bundled.bytes;
  if (stepToGoOn(id, getState()) === undefined) return undefined;
  // The browser may have had no room for the latest.
  return (presentRecord()?.id === id ? stateInMemory() : undefined) ?? keeper.state(id);
}

/**
 * Goes on with a run from where its state was saved, or begins it again where none was.
 * @param change makes what it follows from there on of the recipe that it was saved with
 */
export function goOnWith(id: string, change?: (recipe: Recipe) => Recipe): Promise<void> {
  return telling(() => alone(id, () => goOnAlone(id, change)));
}

async function goOnAlone(id: string, change?: (recipe: Recipe) => Recipe): Promise<void> {
  const record = await readRecord(id);
  if (stepToGoOn(id, getState()) === 0) return beginAgain(record);
  const bytes = await savedState(id);
  if (bytes === undefined)
    throw new EngineError('state-mismatch', 'The saved state is gone.', 'Start the run again.');
  const saved = describeState(bytes);
  const past = recordUntil(record, saved);
  // What comes from a file becomes a run of its own: the file's stays as it was.
  await goOn(bundled?.id === id ? continued(past) : past, bytes, change?.(saved.recipe));
  const { runsNotice } = getState();
  if (runsNotice?.code === 'state-mismatch') show(record, 'earlier');
}

/** Starts a run anew of which no state was saved; one that has told nothing gives its place in the list to it. */
async function beginAgain(record: RunRecord): Promise<void> {
  const { id, recipe } = record;
  if (isActive(getState().run.phase)) return;
  getState().takeRecipe(recipe);
  if (!(await isLoaded(recipe.pair))) return;
  const ended = run();
  if (!isActive(getState().run.phase)) return;
  await forgetState(id);
  if (lastStep(record) === 0) {
    setState({ runs: getState().runs?.filter((row) => row.id !== id) });
    await keeper.remove(id);
  }
  await ended;
}

/**
 * Does what no two tabs may do with one run at a time.
 * @throws EngineError `engine-busy` where another tab has the run.
 */
async function alone(id: string, task: () => Promise<void>): Promise<void> {
  const release = await holdRun(id);
  if (release === undefined)
    throw new EngineError(
      'engine-busy',
      'Another tab of this page is training this run.',
      'Wait until it is done, or stop it there.',
    );
  try {
    await task();
  } finally {
    release();
  }
}

function continued(record: RunRecord): RunRecord {
  const { device } = getState();
  const here = device.status === 'ready' ? device.report.adapter : 'unknown';
  const adapter =
    here === record.adapter ? here : `${record.adapter}; from step ${runRow(record).step} on ${here}`;
  return { ...record, id: crypto.randomUUID(), startedAt: new Date().toISOString(), adapter };
}

/** Takes records into the list; of a run that is there already, the longer record stays. */
export async function takeRecords(records: readonly RunRecord[]): Promise<void> {
  const taken: RunRecord[] = [];
  for (const record of records) {
    const here = await recordHere(record.id).catch(() => undefined);
    if (here !== undefined && !isLonger(record, here)) continue;
    await keeper.write(record, runRow(record), 0);
    taken.push(record);
  }
  const overlays = getState().overlays.map((overlay) => {
    const longer = taken.find(({ id }) => id === overlay.id);
    return longer ? { ...overlay, steps: mainSteps(longer), evaluations: evaluations(longer) } : overlay;
  });
  setState({ overlays });
  showRows(taken.map(runRow));
}

function isLonger(a: RunRecord, b: RunRecord): boolean {
  return lastStep(a) === lastStep(b) ? a.events.length > b.events.length : lastStep(a) > lastStep(b);
}

/** Shows a run that came as a file, and remembers the state it can go on from. */
export function showOpened(record: RunRecord, state: Uint8Array | undefined): void {
  bundled = state && { id: record.id, bytes: state };
  setState({ opened: state && { id: record.id, step: describeState(state).step } });
  show(record, 'earlier');
}

function showRows(rows: readonly RunRow[]): void {
  const { runs = [] } = getState();
  const shown = new Set(rows.map(({ id }) => id));
  const all = [...runs.filter(({ id }) => !shown.has(id)), ...rows];
  setState({ runs: all.sort((a, b) => b.startedAt.localeCompare(a.startedAt)) });
}

/** What goes wrong is said above the panels. */
export async function telling(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    setState({ runsNotice: toFailure(error) });
  }
}
