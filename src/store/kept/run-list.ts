import { EngineError, toFailure, type EngineFailure } from '../../engine/errors.ts';
import { putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { isActive } from '../slices/run-slice.ts';
import type { RunRow } from '../slices/runs-slice.ts';
import { useStore } from '../store.ts';
import { keeper, runLocks } from './keeper.ts';
import { newestFirst, withWords } from './run-row.ts';
import { telling } from './telling.ts';

const { getState, setState } = useStore;

/** Reads what earlier visits left: the list of runs, and where those that were cut off can go on; what other tabs train, when they have let go of it. */
export async function readRuns(): Promise<void> {
  const [{ rows, unreadable }, all, elsewhere] = await Promise.all([
    keeper.list(),
    keeper.savePoints(),
    runLocks.elsewhere(),
  ]);
  showRows(rows);
  const known = new Set(rows.map(({ id }) => id));
  const { savePoints } = getState();
  const mine = all.filter(({ id }) => known.has(id) && !elsewhere.has(id));
  setState({
    unreadable,
    savePoints: [...savePoints, ...mine.filter(({ id }) => savePoints.every((other) => other.id !== id))],
  });
  if (elsewhere.size === 0) return;
  if (!isActive(getState().run.phase)) setState({ runsNotice: trainsElsewhere });
  void runLocks.free(elsewhere).then(() => {
    if (getState().runsNotice === trainsElsewhere) setState({ runsNotice: undefined });
    return readRuns();
  });
}

const trainsElsewhere: EngineFailure = {
  code: 'engine-busy',
  message: 'Another tab of this page is training. Its run is left alone here.',
  action: 'Go on in that tab.',
};

/** Takes rows into the list, in place of those of the same runs. */
export function showRows(rows: readonly RunRow[]): void {
  const { runs = [] } = getState();
  const shown = new Set(rows.map(({ id }) => id));
  setState({ runs: newestFirst([...runs.filter(({ id }) => !shown.has(id)), ...rows]) });
}

/** Takes the row of a run that goes on into the list, in front; before the list has been read, its reading will find it. */
export function showRow(row: RunRow): void {
  const { runs } = getState();
  if (runs !== undefined) setState({ runs: [row, ...runs.filter(({ id }) => id !== row.id)] });
}

/** Takes over what a person calls a run, and remarks on it; blank texts say nothing. */
export function describeRun(id: string, text: { name: string; note: string }): Promise<void> {
  const words: RunWords = { name: text.name.trim() || undefined, note: text.note.trim() || undefined };
  return telling(() =>
    runLocks.alone(id, async () => {
      const { present, opened, runs } = getState();
      // First: a run that comes back meanwhile is said to be what the list says (`wordsOf`).
      setState({ runs: runs?.map((row) => (row.id === id ? withWords(row, words) : row)) });
      // While it goes on its record is written again and again, with what is said of it.
      if (present?.id === id) present.describe(words);
      // Who goes on with a run from a file takes its words along.
      if (opened?.id === id) putWords(opened.record, words);
      await keeper.describe(id, words);
    }),
  );
}

/** What a person says at this moment of the run that a record, which may have been read before, is of. */
export function wordsOf(record: RunRecord): RunWords {
  const row = getState().runs?.find(({ id }) => id === record.id);
  return row === undefined ? record : { name: row.given, note: row.note };
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

/** A record by its id; undefined where there is none. */
export async function recordHere(id: string): Promise<RunRecord | undefined> {
  const { present } = getState();
  return (present?.id === id ? present.record : undefined) ?? keeper.read(id);
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
