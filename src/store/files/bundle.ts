import { strToU8, unzipSync, type UnzipFileInfo } from 'fflate';
import { z } from 'zod';
import { recordFromJson, recordToJson } from '../../engine/run/record-json.ts';
import { latestRecipe, recordUntil, type RunRecord } from '../../engine/run/record.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { EngineError } from '../../engine/errors.ts';
import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import { sha256 } from '../../engine/sha256.ts';
import { requireVersion, type StoredFormat } from '../../engine/stored-version.ts';
import { runRow } from '../kept/run-row.ts';
import { pack } from './pack.ts';

/** A run as one file: its record, and where there are any, the state it goes on from and its student. */
export interface RunBundle {
  record: RunRecord;
  /** `encodeState` */
  state?: Uint8Array;
  /** Files of a checkpoint folder by name. */
  student?: ReadonlyMap<string, Uint8Array>;
}

/** Bytes that a file of runs may have, and what is read of it when it is unpacked: a page cannot count on 2 GB in one piece. */
export const maxBundleBytes = 1.9e9;
const maxJsonBytes = 200e6;
/** Bytes of state and student together that leave room for the record and what says what there is: 125 M trained numbers. */
const maxWeightBytes = maxBundleBytes - 2 * maxJsonBytes;
const maxFiles = 200;

const manifestSchema = z.looseObject({
  format: z.literal('genrecal-run'),
  version: z.int(),
  files: z.record(z.string(), z.looseObject({ bytes: z.int(), sha256: z.string() })),
});
const format: StoredFormat = {
  name: 'The bundle',
  version: 1,
  code: 'bundle-invalid',
  action: 'Open it with the page that saved it.',
};

/** A bundle as it can be opened again: where state and student would make it too large, without them. */
export function openable(bundle: RunBundle): RunBundle {
  const { record, state, student } = bundle;
  const weights = [state, ...(student?.values() ?? [])];
  const bytes = weights.reduce((sum, file) => sum + (file?.byteLength ?? 0), 0);
  return bytes > maxWeightBytes ? { record } : bundle;
}

/**
 * The bundle as a ZIP file, as much of it as is `openable`.
 * @throws EngineError `bundle-invalid` where the record alone is too large
 */
export async function writeBundle(bundle: RunBundle): Promise<Blob> {
  const { record, state, student } = openable(bundle);
  const run = strToU8(JSON.stringify(recordToJson(record)));
  if (run.byteLength > maxJsonBytes)
    throw new EngineError(
      'bundle-invalid',
      `The run has told too much for a file: ${megabytes(run.byteLength)}.`,
      'Export its numbers as CSV instead.',
    );
  const files = new Map<string, Uint8Array>([
    ['README.txt', strToU8(readme(record, state !== undefined, student !== undefined))],
    ['recipe.json', strToU8(`${JSON.stringify(record.recipe, null, 1)}\n`)],
    ['run.json', run],
  ]);
  if (state !== undefined) files.set('state.bin', state);
  for (const [name, bytes] of student ?? []) files.set(`student/${name}`, bytes);
  const listed: Record<string, { bytes: number; sha256: string }> = {};
  for (const [name, bytes] of files) listed[name] = { bytes: bytes.byteLength, sha256: await sha256(bytes) };
  const manifest = { format: 'genrecal-run', version: format.version, files: listed };
  return pack(new Map([['bundle.json', strToU8(`${JSON.stringify(manifest, null, 1)}\n`)], ...files]));
}

/**
 * Reads and checks a bundle, also one that was unpacked and packed again, inside a folder: all or nothing. The student is not read: it is
 * there for other programs.
 * @throws EngineError `bundle-invalid`
 */
export async function readBundle(zip: Uint8Array): Promise<RunBundle> {
  const files = unpack(zip);
  const manifest = manifestSchema.safeParse(json(files, 'bundle.json'));
  if (!manifest.success)
    throw invalid('“bundle.json” does not describe a run', 'Choose a bundle that this page saved.');
  requireVersion(format, manifest.data.version);
  for (const name of ['run.json', 'state.bin']) {
    const promised = manifest.data.files[name];
    const bytes = files.get(name);
    if (promised === undefined && name === 'state.bin') continue;
    if (promised === undefined || bytes === undefined)
      throw invalid(`“${name}” is missing`, 'Copy or save the bundle again.');
    if (bytes.byteLength !== promised.bytes || (await sha256(bytes)) !== promised.sha256)
      throw invalid(`“${name}” is damaged`, 'Copy or save the bundle again.');
  }
  const record = recordFromJson(json(files, 'run.json'));
  const state = manifest.data.files['state.bin'] && files.get('state.bin');
  if (state !== undefined && !isStateOf(record, state))
    throw invalid('its saved state belongs to another run', 'Open the bundle as the page saved it.');
  return { record, state };
}

/** Whether a record goes on from a state (`encodeState`). */
export function isStateOf(record: RunRecord, bytes: Uint8Array): boolean {
  const state = describeState(bytes);
  return (
    state.dataHash === record.dataHash &&
    state.teacher === record.checkpoints.teacher &&
    state.student === record.checkpoints.student &&
    sameRecipe(state.recipe, latestRecipe(recordUntil(record, state)))
  );
}

/** The files that are read, by name; refuses what would take the page's memory. */
function unpack(zip: Uint8Array): Map<string, Uint8Array> {
  const known = new Set(['bundle.json', 'run.json', 'state.bin']);
  let total = 0;
  const tooLarge = (why: string) => invalid(why, 'Choose a bundle that this page saved.');
  try {
    const folder = bundleFolder(zip);
    const filter = ({ name, originalSize }: UnzipFileInfo) => {
      const own = inside(folder, name);
      if (own === undefined || !known.has(own)) return false;
      total += originalSize;
      if (total > maxBundleBytes || (own.endsWith('.json') && originalSize > maxJsonBytes))
        throw tooLarge(`“${own}” would unpack to ${megabytes(originalSize)}`);
      return true;
    };
    const files = Object.entries(unzipSync(zip, { filter }));
    return new Map(files.map(([name, bytes]) => [inside(folder, name)!, bytes]));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw invalid('it is not a ZIP file, or it is cut short', 'Choose a bundle that this page saved.', error);
  }
}

/** The folder in which a ZIP has its bundle: “” as this page writes it, a name after Finder or Explorer packed it again. */
function bundleFolder(zip: Uint8Array): string {
  const found = new Set<string>();
  let count = 0;
  const look = ({ name }: UnzipFileInfo) => {
    const file = withSlashes(name);
    // What Finder and Explorer add beside every file.
    if (/(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i.test(file)) return false;
    if (++count > maxFiles)
      throw invalid(`it has more than ${maxFiles} files`, 'Choose a bundle that this page saved.');
    const folder = /^(.*\/|)bundle\.json$/.exec(file)?.[1];
    if (folder !== undefined) found.add(folder);
    return false;
  };
  unzipSync(zip, { filter: look });
  if (found.size > 1)
    throw invalid(`it holds ${found.size} runs`, 'Unpack it and open one run after the other.');
  const [folder] = found;
  if (folder === undefined)
    throw invalid('“bundle.json” is missing', 'Choose a bundle that this page saved.');
  return folder;
}

/** A file's name below a folder. */
function inside(folder: string, name: string): string | undefined {
  const file = withSlashes(name);
  return file.startsWith(folder) ? file.slice(folder.length) : undefined;
}

/** Some packers on Windows write backslashes. */
function withSlashes(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\.\//, '');
}

function json(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) throw invalid(`“${name}” is missing`, 'Choose a bundle that this page saved.');
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalid(`“${name}” is damaged`, 'Copy or save the bundle again.', error);
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function invalid(why: string, action: string, cause?: unknown): EngineError {
  return new EngineError('bundle-invalid', `The bundle cannot be opened: ${why}.`, action, { cause });
}

function readme(record: RunRecord, state: boolean, student: boolean): string {
  const { wholeName, step, totalSteps } = runRow(record);
  return [
    'A run of the GenRecal Playground',
    '',
    `Run:      ${wholeName}`,
    `Started:  ${record.startedAt}`,
    `Adapter:  ${record.adapter}`,
    `Steps:    ${step} of ${totalSteps}`,
    `Data:     SHA-256 ${record.dataHash}`,
    `Teacher:  ${record.checkpoints.teacher}`,
    `Student:  ${record.checkpoints.student}`,
    '',
    'To see it again, open the page and drop this file on it, or choose “Open a run” in its share menu.',
    '',
    'recipe.json  everything that decides the run',
    'run.json     everything it reported: losses, scores, answers, with the time of each',
    ...(state ? ['state.bin    weights and optimiser: the page goes on from there, bit for bit'] : []),
    ...(student ? ['student/     the distilled student as a Hugging Face checkpoint folder'] : []),
    'bundle.json  sizes and SHA-256 of these files',
    '',
  ].join('\n');
}
