import { recordFromJson, recordToJson } from '../engine/distill/run-record-json.ts';
import type { RunRecord } from '../engine/distill/run-record.ts';
import { EngineError } from '../engine/errors.ts';
import { readBundle, writeBundle } from './bundle.ts';
import { metricsCsv, runsCsv } from './csv.ts';
import { download } from './download.ts';
import { latestStudent, saveState } from './training.ts';
import { presentRecord } from './recording.ts';
import { isActive } from './run-slice.ts';
import { summaryOf } from './run-row.ts';
import { readRecord, savedState, showOpened, takeRecords, telling } from './runs.ts';
import type { RunRow } from './runs-slice.ts';
import { useStore } from './store.ts';

const { getState } = useStore;

/** Larger files are no runs. */
const maxFileBytes = 1e9;

/** Saves a run as a bundle, with the state it goes on from and its student where they are at hand. */
export function saveRun(id: string): Promise<void> {
  return telling(async () => {
    const present = presentRecord()?.id === id;
    const state = await stateOf(id, present);
    const record = await readRecord(id);
    const summary = summaryOf(record);
    const student =
      present && summary !== undefined
        ? await latestStudent(summary, `a run in the browser on ${record.adapter}, ${record.startedAt}`)
        : undefined;
    const bundle = await writeBundle({
      record,
      state,
      // Another pair may have been loaded since; the run is worth saving without its student.
      student: student?.ok ? student.value : undefined,
    });
    download(`${fileName(record)}.zip`, bundle);
  });
}

async function stateOf(id: string, present: boolean): Promise<Uint8Array | undefined> {
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
    if (kind === 'runs.csv') {
      download(kind, new Blob([runsCsv(rows)], { type: 'text/csv' }));
      return;
    }
    const records = await Promise.all(rows.map(({ id }) => readRecord(id)));
    if (kind === 'metrics.csv') download(kind, new Blob([metricsCsv(records)], { type: 'text/csv' }));
    else {
      const all = { format: 'genrecal-runs', version: 1, runs: records.map(recordToJson) };
      download(kind, new Blob([JSON.stringify(all)], { type: 'application/json' }));
    }
  });
}

/** Opens a bundle or a JSON file of runs; shows the run where there is one. */
export function openFile(file: File): Promise<void> {
  return telling(async () => {
    if (isActive(getState().run.phase))
      throw new EngineError(
        'engine-busy',
        'A run is going on.',
        'Stop it or wait until it is done, then open the file.',
      );
    if (file.size > maxFileBytes)
      throw new EngineError(
        'bundle-invalid',
        `“${file.name}” is too large for a run: ${Math.round(file.size / 1e6)} MB.`,
        'Choose a run that this page saved.',
      );
    const bytes = new Uint8Array(await file.arrayBuffer());
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    const { records, state } = zip
      ? await fromBundle(bytes)
      : { records: await fromJson(bytes), state: undefined };
    await takeRecords(records);
    if (records.length === 1) showOpened(records[0]!, state);
    else getState().setCentre('runs');
  });
}

async function fromBundle(bytes: Uint8Array): Promise<{ records: RunRecord[]; state?: Uint8Array }> {
  const { record, state } = await readBundle(bytes);
  return { records: [record], state };
}

async function fromJson(bytes: Uint8Array): Promise<RunRecord[]> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new EngineError(
      'bundle-invalid',
      'The file is neither a bundle (ZIP) nor JSON.',
      'Choose a run that this page saved.',
      { cause: error },
    );
  }
  const many = json as { format?: unknown; runs?: unknown } | null;
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
