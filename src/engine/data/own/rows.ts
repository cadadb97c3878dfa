import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import { largest } from './bounds.ts';
import { isTable, readTable, type Table } from './tables.ts';
import { plainPath, tooMuch, type Files } from './unpack.ts';

/** A row that was not taken, or not as it stands, and why. */
export interface RowNote {
  file: string;
  /** 1-based: where the row begins. */
  line: number;
  reason: string;
}

/** A row of a person's data as it was written. */
export interface OwnRow {
  file: string;
  line: number;
  /** The path of the picture that it asks about, from where the files begin; of a question of text alone there is none. */
  picture?: string;
  question: string;
  answer: string | undefined;
  split: string | undefined;
}

/** As tables of instruction data call them: Alpaca's `instruction` (with an `input`) and `output`, TRL's `prompt` and `completion`. */
const questionColumns = ['question', 'instruction', 'prompt'] as const;
const answerColumns = ['answer', 'output', 'completion'] as const;

const metadataNames = ['metadata.jsonl', 'metadata.csv'] as const;

const anyRow = z.looseObject({});
/** Numbers and yes/no stand in JSON as themselves. */
const text = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value == null ? undefined : String(value).trim() || undefined));
const cells = z.record(z.string(), text);

/**
 * Reads one row a question. With pictures: of every metadata.jsonl and metadata.csv among the files (Hugging Face `imagefolder`), `file_name` as seen from
 * the folder that the file lies in. Without: of all JSON lines, JSON lists and CSV among them.
 * @throws EngineError `file-missing` where there is no such file, `data-invalid` for questions of the other kind or none at all
 */
export async function readRows(files: Files, pictures: boolean): Promise<{ rows: OwnRow[]; bad: RowNote[] }> {
  const tables = await tablesIn(files, pictures ? isMetadata : isTable);
  refuseTwins(pictures ? tables : []);
  const rows: OwnRow[] = [];
  const bad: RowNote[] = [];
  for (const table of tables) {
    const { path: file } = table;
    if (!pictures) refusePictures(table);
    const missing = missingColumn(table, pictures);
    if (missing !== undefined)
      bad.push({ file, line: 1, reason: `The first line has no column ${missing}.` });
    else
      for (const { line, value, fault } of table.rows) {
        const row = fault ?? rowOf(file, line, value, pictures);
        if (typeof row === 'string') bad.push({ file, line, reason: row });
        else rows.push(row);
        if (rows.length > largest.rows) throw tooMuch('There are more questions', largest.rows);
      }
  }
  if (rows.length > 0) return { rows, bad };
  if (pictures) refuseText(tables.length > 0 ? tables : await tablesIn(files, isTable));
  throw tables.length === 0 ? noTables(pictures) : noRows(pictures, bad);
}

async function tablesIn(files: Files, wanted: (path: string) => boolean): Promise<Table[]> {
  const tables: Table[] = [];
  for (const [path, blob] of files) if (wanted(path)) tables.push(await readTable(path, blob));
  return tables;
}

function isMetadata(path: string): boolean {
  return metadataNames.some((name) => path.split('/').at(-1) === name);
}

export function isPicture(path: string): boolean {
  return /\.(?:png|jpe?g|webp)$/i.test(path);
}

function refuseTwins(metadata: readonly Table[]): void {
  const folders = metadata.map(({ path }) => folderOf(path));
  const both = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (both !== undefined)
    throw new EngineError(
      'data-invalid',
      `“${both || 'the folder'}” has a metadata.jsonl and a metadata.csv.`,
      'Leave one of them.',
    );
}

/** Questions about pictures, for a pair that reads none. */
function refusePictures({ path, rows }: Table): void {
  const named = rows.some(({ value }) => {
    const { success, data } = anyRow.safeParse(value);
    return success && typeof data.file_name === 'string' && isPicture(data.file_name);
  });
  if (named)
    throw new EngineError(
      'data-invalid',
      `“${path}” asks about pictures (file_name), and the chosen pair reads none.`,
      'Choose a pair that reads pictures, then open them.',
    );
}

/** Questions of text alone, for a pair that is asked about pictures. */
function refuseText(tables: readonly Table[]): void {
  const found = tables.find(({ rows }) =>
    rows.some(({ value }) => {
      const { success, data } = anyRow.safeParse(value);
      return (
        success && filled(data, ['file_name']) === undefined && filled(data, questionColumns) !== undefined
      );
    }),
  );
  if (found !== undefined)
    throw new EngineError(
      'data-invalid',
      `“${found.path}” has questions without pictures (no file_name), and the chosen pair is asked about pictures.`,
      'Choose a pair that reads none (“Text alone”), then open them.',
    );
}

function noTables(pictures: boolean): EngineError {
  return pictures
    ? new EngineError(
        'file-missing',
        'There is no metadata.jsonl and no metadata.csv among the files.',
        'Put one beside the pictures, with the columns file_name, question and answer.',
      )
    : new EngineError(
        'file-missing',
        'There is no file of rows (.jsonl, .csv or .json) among the files.',
        'Choose one with the columns question and answer.',
      );
}

function noRows(pictures: boolean, [first]: readonly RowNote[]): EngineError {
  const why = first === undefined ? '' : ` ${first.file}, line ${first.line}: ${first.reason}`;
  return new EngineError(
    'data-invalid',
    `No row of the files can be used.${why}`,
    `Name the columns ${pictures ? 'file_name, ' : ''}question and answer.`,
  );
}

function missingColumn({ header }: Table, pictures: boolean): string | undefined {
  if (header === undefined) return undefined;
  const wanted: (readonly string[])[] = [...(pictures ? [['file_name']] : []), questionColumns];
  const missing = wanted.find((names) => !names.some((name) => header.includes(name)));
  const oneOf = new Intl.ListFormat('en', { type: 'disjunction' });
  return missing && oneOf.format(missing.map((name) => `“${name}”`));
}

/** @returns why not, for a row that cannot be used */
function rowOf(file: string, line: number, value: unknown, pictures: boolean): OwnRow | string {
  const row = anyRow.safeParse(value, withInput);
  if (!row.success) return `The row cannot be used: ${whatIsWrong(row.error)}.`;
  const asked = filled(row.data, questionColumns);
  const answered = filled(row.data, answerColumns);
  const more = asked === 'instruction' ? 'input' : undefined;
  const named = pictures ? 'file_name' : undefined;
  const wanted = [named, asked, more, answered, 'split'].filter((name) => name !== undefined);
  const read = cells.safeParse(Object.fromEntries(wanted.map((name) => [name, row.data[name]])), withInput);
  if (!read.success) return `The row cannot be used: ${whatIsWrong(read.error)}.`;
  const cell = (name: string | undefined) => (name === undefined ? undefined : read.data[name]);
  const picture = cell(named);
  if (pictures && picture === undefined) return 'There is no file_name.';
  // As Alpaca's own prompt has them.
  const question = [cell(asked), cell(more)].filter((part) => part !== undefined).join('\n');
  const answer = cell(answered);
  if (question === '') return 'There is no question.';
  if (question.length > largest.question) return tooLong('question', question, largest.question);
  if (answer !== undefined && answer.length > largest.answer)
    return tooLong('answer', answer, largest.answer);
  const plain = { file, line, question, answer, split: cell('split') };
  if (picture === undefined) return plain;
  const path = plainPath(`${folderOf(file)}/${picture}`);
  return path === undefined
    ? `“${shortened(picture)}” leads out of the folder.`
    : { ...plain, picture: path };
}

/** The first of these columns that has something in it. */
function filled(row: Record<string, unknown>, names: readonly string[]): string | undefined {
  return names.find((name) => row[name] != null && row[name] !== '');
}

function tooLong(what: string, { length }: string, most: number): string {
  return `The ${what} has ${length.toLocaleString('en')} characters; at most ${most} fit into a batch.`;
}

export function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
