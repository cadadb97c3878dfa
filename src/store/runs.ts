import { recordFromJson } from '../engine/distill/run-record-json.ts';
import { recordUntil, type RunRecord } from '../engine/distill/run-record.ts';
import { describeState } from '../engine/distill/saved-state.ts';
import { EngineError, toFailure } from '../engine/errors.ts';
import type { Recipe } from '../engine/recipe/schema.ts';
import { goOn, stateInMemory } from './training.ts';
import { keeper, presentRecord } from './recording.ts';
import { show, usualSpeed } from './replay.ts';
import { someTabTrains } from './run-lock.ts';
import { evaluations, mainSteps, runRow } from './run-row.ts';
import { isActive } from './run-slice.ts';
import type { RunRow } from './runs-slice.ts';
import { useStore } from './store.ts';

const { getState, setState } = useStore;

/** Overlays beyond this many cannot be told apart. */
export const maxOverlays = 4;

/** ms in which a deletion can be undone. */
const undoTime = 6000;

/** The run that comes with the page. */
const recorded = 'recorded/default.json';

/** State that came with an opened bundle; the row's id. */
let bundled: { id: string; bytes: Uint8Array } | undefined;

/** Reads what earlier visits left: the list of runs, and a run that was cut off. */
export async function readRuns(): Promise<void> {
  const rows = await keeper.rows();
  const known = new Set(getState().runs?.map(({ id }) => id));
  setState({ runs: [...(getState().runs ?? []), ...rows.filter(({ id }) => !known.has(id))] });
  const resumable = await keeper.resumable();
  if (resumable === undefined || isActive(getState().run.phase)) return;
  if (await someTabTrains())
    setState({
      runsNotice: {
        code: 'engine-busy',
        message: 'Another tab of this page is training. Its run is left alone here.',
        action: 'Go on in that tab.',
      },
    });
  else if (rows.some(({ id }) => id === resumable.id)) setState({ resumable });
  else await keeper.forgetState();
}

/** A record by its id, with everything that the present run has told so far. */
export async function readRecord(id: string): Promise<RunRecord> {
  const present = presentRecord();
  const record = present?.id === id ? present : await keeper.read(id);
  if (record !== undefined) return record;
  throw new EngineError(
    'storage-refused',
    'This run is no longer there: the browser has dropped it.',
    'Delete its row, or open the run from a file.',
  );
}

/** Shows an earlier run in the panels. */
export function openRun(id: string): Promise<void> {
  return telling(async () => show(await readRecord(id), 'earlier'));
}

/** Plays the run that comes with the page. */
export function playRecorded(): Promise<void> {
  return telling(async () => {
    const response = await fetch(new URL(recorded, document.baseURI)).catch(() => undefined);
    if (!response?.ok)
      throw new EngineError(
        'file-missing',
        'The recorded run could not be fetched.',
        'Check the connection and try again.',
      );
    show(recordFromJson(await response.json()), 'recorded', usualSpeed);
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
  void keeper.remove(row.id);
  if (getState().resumable?.id === row.id) void discardSaved();
}

/** The step that a run can go on from here; undefined where its state is not at hand. */
export function stepToGoOn(
  id: string,
  { resumable, opened }: Pick<ReturnType<typeof getState>, 'resumable' | 'opened'>,
): number | undefined {
  if (opened?.id === id) return opened.step;
  return resumable?.id === id ? resumable.step : undefined;
}

/** The bytes of a run's saved state, where they are at hand. */
export async function savedState(id: string): Promise<Uint8Array | undefined> {
  if (bundled?.id === id) return bundled.bytes;
  if (getState().resumable?.id !== id) return undefined;
  return (await keeper.state()) ?? (presentRecord()?.id === id ? stateInMemory() : undefined);
}

/**
 * Goes on with a run from where its state was saved.
 * @param change makes what it follows from there on of the recipe that it was saved with
 */
export function goOnWith(id: string, change?: (recipe: Recipe) => Recipe): Promise<void> {
  return telling(async () => {
    if (await someTabTrains())
      throw new EngineError(
        'engine-busy',
        'Another tab of this page is training.',
        'Wait until it is done, or stop it there.',
      );
    const bytes = await savedState(id);
    const record = await readRecord(id);
    if (bytes === undefined)
      throw new EngineError('state-mismatch', 'The saved state is gone.', 'Start the run again.');
    const saved = describeState(bytes);
    const past = recordUntil(record, saved);
    // What comes from a file becomes a run of its own: the file's stays as it was.
    await goOn(bundled?.id === id ? continued(past) : past, bytes, change?.(saved.recipe));
    const { runsNotice } = getState();
    if (runsNotice?.code === 'state-mismatch') show(record, 'earlier');
  });
}

function continued(record: RunRecord): RunRecord {
  const { device } = getState();
  const here = device.status === 'ready' ? device.report.adapter : 'unknown';
  const adapter =
    here === record.adapter ? here : `${record.adapter}; from step ${runRow(record).step} on ${here}`;
  return { ...record, id: crypto.randomUUID(), startedAt: new Date().toISOString(), adapter };
}

export async function discardSaved(): Promise<void> {
  setState({ resumable: undefined });
  await keeper.forgetState();
}

/** Takes records into the list; one that is there already stays as it is. */
export async function takeRecords(records: readonly RunRecord[]): Promise<void> {
  for (const record of records) {
    if ((await keeper.read(record.id)) === undefined) await keeper.write(record, runRow(record), 0);
  }
  showRows(records.map(runRow));
}

/** Shows a run that came as a file, and remembers the state it can go on from. */
export function showOpened(record: RunRecord, state: Uint8Array | undefined): void {
  bundled = state && { id: record.id, bytes: state };
  setState({ opened: state && { id: record.id, step: describeState(state).step } });
  show(record, 'earlier');
}

function showRows(rows: readonly RunRow[]): void {
  const { runs = [] } = getState();
  const known = new Set(runs.map(({ id }) => id));
  const all = [...runs, ...rows.filter(({ id }) => !known.has(id))];
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
