import { recordFromJson, recordToJson } from '../../engine/run/record-json.ts';
import { partId, type RunRecord } from '../../engine/run/record.ts';
import { EngineError, type EngineFailure } from '../../engine/errors.ts';
import { requireVersion, type StoredFormat } from '../../engine/stored-version.ts';
import { latestStudent, saveState } from '../engine/latest-run.ts';
import { takeForeignRecipe } from '../engine/take-recipe.ts';
import { keeper } from '../kept/keeper.ts';
import { readRecord } from '../kept/run-list.ts';
import { summaryOf } from '../kept/run-row.ts';
import { savedState } from '../kept/save-points.ts';
import { takeRecords } from '../kept/take-records.ts';
import { telling } from '../kept/telling.ts';
import { showOpened } from '../run/open-run.ts';
import { isActive } from '../slices/run-slice.ts';
import type { RunRow } from '../slices/runs-slice.ts';
import { useStore, type Store } from '../store.ts';
import { isStateOf, maxBundleBytes, openable, readBundle, writeBundle, type RunBundle } from './bundle.ts';
import { metricsCsv, runsCsv } from './csv.ts';
import { download } from './download.ts';
import { pack } from './pack.ts';
import { readRecipeFile } from './recipe-file.ts';

const { getState, setState } = useStore;

/** Many runs as one JSON file. */
const format: StoredFormat = {
  name: 'The file of runs',
  version: 1,
  code: 'bundle-invalid',
  action: 'Open it with the page that saved it.',
};

/** The run that is shown, and that can be saved; undefined where there is none. */
export function runToSave({ replay, run, runs = [], present }: Store): string | undefined {
  if (replay !== undefined) return replay.kind === 'earlier' ? replay.record.id : undefined;
  if (run.phase === 'idle' || present === undefined) return undefined;
  // Of settings that were trained together there are only their own records: the run's own arm is the first one's.
  const { id } = present;
  return [id, partId(id, 0)].find((own) => runs.some((row) => row.id === own));
}

/** What the panels show of a run, as it was recorded. */
export function recordShown({ replay, present }: Store): RunRecord | undefined {
  return replay?.record ?? present?.record;
}

/** Whether a run of this browser, or of a file, stands on the page with its result. */
export function hasResult({ run, replay }: Pick<Store, 'run' | 'replay'>): boolean {
  return run.summary !== undefined && replay?.kind !== 'recorded';
}

/** Saves a run as a bundle, with the state it goes on from and its student where they are at hand. */
export function saveRun(id: string): Promise<void> {
  return telling(async () => {
    const present = getState().present?.id === id;
    const atHand = await stateOf(id, present);
    const record = await readRecord(id);
    // What came as a file is not always what is kept of the run.
    const state = stateIn(record, atHand) ?? (atHand && stateIn(record, await keeper.state(id)));
    const summary = summaryOf(record);
    const student =
      present && summary !== undefined
        ? await latestStudent(summary, `a run in the browser on ${record.adapter}, ${record.startedAt}`)
        : undefined;
    // Another pair may have been loaded since; the run is worth saving without its student.
    const bundle = { record, state, student: student?.ok ? student.value : undefined };
    download(`${fileName(record)}.zip`, await writeBundle(bundle));
    if (openable(bundle) !== bundle) await saveApart(bundle);
  });
}

/** Saves the student that a run's file has no room for, and says what is not in that. */
async function saveApart({ record, state, student }: RunBundle): Promise<void> {
  if (student !== undefined) download(`${fileName(record)}-student.zip`, await pack(student));
  setState({ runsNotice: state === undefined ? studentApart : stateLeftOut });
}

const stateLeftOut: EngineFailure = {
  code: 'storage-refused',
  message: 'The run was saved without its state, which is too large: the page could not open the file again.',
  action: 'Go on with the run in this browser.',
};

const studentApart: EngineFailure = {
  code: 'storage-refused',
  message: 'The run and its student were saved as two files: the page could not open one so large again.',
  action: 'Keep both.',
};

/** A state, where it is one of a record. */
function stateIn(record: RunRecord, state: Uint8Array | undefined): Uint8Array | undefined {
  return state && isStateOf(record, state) ? state : undefined;
}

/** The state that a kept run goes on from, as it is at this moment where the run is the present one. */
export async function stateOf(id: string, present: boolean): Promise<Uint8Array | undefined> {
  const { phase } = getState().run;
  const trains = present && (phase === 'running' || phase === 'paused' || phase === 'stopped');
  if (!trains) return savedState(id);
  const result = await saveState();
  if (result.ok) return result.value;
  // A stopped run may have left the engine.
  if (phase === 'stopped') return savedState(id);
  throw new EngineError(result.failure.code, result.failure.message, result.failure.action);
}

export type ExportKind = 'runs.csv' | 'metrics.csv' | 'runs.json';

/** Saves runs as a table, as all their numbers, or whole. */
export function exportRuns(kind: ExportKind, rows: readonly RunRow[]): Promise<void> {
  return telling(async () => {
    const records = await Promise.all(rows.map(({ id }) => readRecord(id)));
    if (kind !== 'runs.json') {
      const csv = kind === 'runs.csv' ? runsCsv(records) : metricsCsv(records);
      download(kind, new Blob([csv], { type: 'text/csv' }));
    } else {
      const all = { format: 'genrecal-runs', version: format.version, runs: records.map(recordToJson) };
      download(kind, new Blob([JSON.stringify(all)], { type: 'application/json' }));
    }
  });
}

/** Opens a bundle, a JSON file of runs, or a recipe; shows the run where there is one. */
export function openFile(file: File): Promise<void> {
  return telling(async () => {
    if (isActive(getState().run.phase))
      throw new EngineError(
        'engine-busy',
        'A run is going on.',
        'Stop it or wait until it is done, then open the file.',
      );
    if (file.size > maxBundleBytes)
      throw new EngineError(
        'bundle-invalid',
        `“${file.name}” is too large for a run: ${Math.round(file.size / 1e6)} MB.`,
        'Choose a run that this page saved.',
      );
    const bytes = new Uint8Array(await file.arrayBuffer());
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    if (zip) {
      const { record, state } = await readBundle(bytes);
      await takeRecords([record]);
      showOpened(record, state);
      return;
    }
    const json = jsonOf(bytes);
    const recipe = readRecipeFile(json);
    if (recipe !== undefined) {
      const failure = takeForeignRecipe(recipe);
      if (failure !== undefined) throw new EngineError(failure.code, failure.message, failure.action);
      return;
    }
    const records = await recordsOf(json);
    await takeRecords(records);
    if (records.length === 1) showOpened(records[0]!, undefined);
    else getState().setCentre('runs');
  });
}

export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new EngineError(
      'bundle-invalid',
      'The file is neither a bundle (ZIP) nor JSON.',
      'Choose a run or a recipe that this page saved.',
      { cause: error },
    );
  }
}

export async function recordsOf(json: unknown): Promise<RunRecord[]> {
  const many = json as { format?: unknown; version?: unknown; runs?: unknown } | null;
  if (many?.format === 'genrecal-runs') requireVersion(format, many.version);
  const all = many?.format === 'genrecal-runs' && Array.isArray(many.runs) ? many.runs : [json];
  const records: RunRecord[] = [];
  for (const one of all) {
    records.push(recordFromJson(one));
    // Many runs are read without holding the page up.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return records;
}

function fileName({ recipe, startedAt }: RunRecord): string {
  return `genrecal-${recipe.pair}-${startedAt.slice(0, 16).replace(/[:T]/g, '-')}`;
}
