import { EngineError, toFailure } from '../../engine/errors.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import { copyText } from '../copy.ts';
import { telling } from '../kept/telling.ts';
import type { ClassEntry } from '../slices/class-slice.ts';
import { useStore } from '../store.ts';
import { maxBundleBytes, readBundle } from './bundle.ts';
import { readLines, type Found } from './class-lines.ts';
import { classResult } from './class-result.ts';
import { table, type Cell } from './csv.ts';
import { download } from './download.ts';
import { asRevealed } from './revealed-record.ts';
import { jsonOf, recordsOf, recordShown } from './run-files.ts';

const { getState, setState } = useStore;

/** Puts the result of the run on the page on the clipboard, as a line for the class table. */
export function copyResult(): Promise<void> {
  return telling(async () => copyText('result', JSON.stringify(await classResult(shownRecord()))));
}

/** Takes the result of the run on the page into the table. */
export function addShown(): Promise<void> {
  return telling(async () =>
    take({ entries: [{ who: 'this laptop', result: await classResult(shownRecord()) }], faults: [] }),
  );
}

export function addLines(text: string): void {
  take(readLines(text));
}

/** Takes results from files: runs that this page saved, or texts with one result a line. */
export async function addFiles(files: readonly File[]): Promise<void> {
  const found: Found = { entries: [], faults: [] };
  for (const file of files) {
    try {
      found.entries.push(...(await entriesIn(file, found.faults)));
    } catch (error) {
      const { message, action } = toFailure(error);
      found.faults.push(`“${file.name}”: ${message} ${action}`);
    }
  }
  take(found);
}

async function entriesIn(file: File, faults: string[]): Promise<ClassEntry[]> {
  if (file.size > maxBundleBytes)
    throw new EngineError(
      'bundle-invalid',
      'It is too large for a run.',
      'Choose a run that this page saved.',
    );
  const bytes = new Uint8Array(await file.arrayBuffer());
  const who = file.name.replace(/\.\w+$/, '');
  const named = async (record: RunRecord) => ({ who, result: await classResult(record) });
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return [await named((await readBundle(bytes)).record)];
  const lines = readLines(new TextDecoder().decode(bytes));
  if (lines.entries.length > 0 || /\.txt$/i.test(file.name)) {
    faults.push(...lines.faults.map((fault) => `“${file.name}”: ${fault}`));
    return lines.entries;
  }
  return Promise.all((await recordsOf(jsonOf(bytes))).map(named));
}

function take({ entries, faults }: Found): void {
  const all = [...getState().classEntries];
  const twice: string[] = [];
  for (const entry of entries) {
    const there = all.find(({ result }) => result.id === entry.result.id);
    if (there === undefined) all.push(entry);
    else twice.push(`${nameOf(entry)} is the same run as ${nameOf(there)}: it counts once.`);
  }
  setState({ classEntries: all, classFaults: [...faults, ...twice] });
}

/** What an entry is called in a sentence. */
function nameOf({ who, result }: ClassEntry): string {
  return who ?? `${result.adapter.split(' (')[0]!}, seed ${result.seed}`;
}

/** One line a laptop and student; accuracies are fractions, 0–1. */
export function classCsv(entries: readonly ClassEntry[]): string {
  const header =
    'who,run_id,recipe,recipe_sha256,changed_by_hand,pair,seed,adapter,started_at,steps,split,questions,accuracy_teacher,accuracy_before,arm,arm_label,accuracy_after';
  const lines = entries.flatMap(({ who, result }): Cell[][] => {
    const { id, name, recipe, changed, pair, seed, adapter, startedAt, steps, split, questions } = result;
    const run = [
      who,
      id,
      name,
      recipe,
      changed === true,
      pair,
      seed,
      adapter,
      startedAt,
      steps,
      split,
      questions,
    ];
    return result.arms.map(({ key, label, after }) => [
      ...run,
      result.teacher,
      result.before,
      key,
      label,
      after,
    ]);
  });
  return table([header.split(','), ...lines]);
}

export function exportClass(): void {
  download('class.csv', new Blob([classCsv(getState().classEntries)], { type: 'text/csv' }));
}

function shownRecord(): RunRecord {
  const record = recordShown(getState());
  if (record !== undefined) return asRevealed(record, getState());
  throw new EngineError('bundle-invalid', 'There is no run on the page.', 'Run first, or open a run.');
}
