import { EngineError } from '../../errors.ts';
import { largest } from './bounds.ts';
import { megabytes, tooMuch } from './unpack.ts';

/** A file of rows as it was written. */
export interface Table {
  path: string;
  /** Of CSV, in small letters; elsewhere every row names its own. */
  header: readonly string[] | undefined;
  rows: readonly ReadRow[];
}

interface ReadRow {
  /** 1-based: where the row begins. */
  line: number;
  value?: unknown;
  fault?: string;
}

/** Files that `readTable` reads. */
export function isTable(path: string): boolean {
  return /\.(?:jsonl|json|csv)$/i.test(path);
}

/**
 * Reads JSON lines, a JSON list or CSV.
 * @throws EngineError `data-invalid` for a file that is too large or no text
 */
export async function readTable(path: string, blob: Blob): Promise<Table> {
  if (blob.size > largest.metadataBytes)
    throw tooMuch(`“${path}” has ${megabytes(blob.size)}`, megabytes(largest.metadataBytes));
  const content = await decoded(path, blob);
  if (/\.csv$/i.test(path)) return { path, ...(await csvTable(content)) };
  const rows = /\.json$/i.test(path) ? listRows(content) : lineRows(content);
  return { path, header: undefined, rows };
}

/** UTF-8, with or without a byte order mark. */
async function decoded(path: string, blob: Blob): Promise<string> {
  const bytes = await blob.arrayBuffer().catch((cause: unknown) => {
    throw new EngineError(
      'file-missing',
      `“${path}” can no longer be read: it was changed or moved since it was chosen.`,
      'Open the data again.',
      { cause },
    );
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new EngineError(
      'data-invalid',
      `“${path}” is not text in UTF-8.`,
      'Save it again as UTF-8 (in Excel: “CSV UTF-8”).',
      { cause: error },
    );
  }
}

function lineRows(content: string): ReadRow[] {
  return content.split('\n').flatMap((text, i): ReadRow[] => {
    if (text.trim() === '') return [];
    try {
      return [{ line: i + 1, value: JSON.parse(text) as unknown }];
    } catch {
      return [{ line: i + 1, fault: 'The line is not JSON.' }];
    }
  });
}

function listRows(content: string): ReadRow[] {
  let values: unknown;
  try {
    values = JSON.parse(content);
  } catch {
    // Many write one object a line into such a file.
    const rows = lineRows(content);
    return rows[0] !== undefined && 'value' in rows[0] ? rows : [{ line: 1, fault: 'The file is not JSON.' }];
  }
  if (!Array.isArray(values)) return [{ line: 1, fault: 'The file is not a list of rows.' }];
  const lines = linesOfItems(content);
  return values.map((value: unknown, i) => ({ line: lines[i]!, value }));
}

/** The lines at which the items of a JSON list begin. */
function linesOfItems(json: string): number[] {
  const lines: number[] = [];
  let [line, depth, inText, next] = [1, 0, false, false];
  for (let i = 0; i < json.length; i++) {
    const letter = json[i]!;
    if (inText) {
      if (letter === '\\') i++;
      else if (letter === '"') inText = false;
      continue;
    }
    if (letter === '\n') line++;
    if (/\s/.test(letter)) continue;
    if (next && letter !== ']') lines.push(line);
    next = (letter === '[' && depth === 0) || (letter === ',' && depth === 1);
    if (letter === '"') inText = true;
    else if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth--;
  }
  return lines;
}

/** Separated by commas, semicolons or tabs; a quoted field may hold all of them and line breaks. */
async function csvTable(content: string): Promise<Pick<Table, 'header' | 'rows'>> {
  const { default: papa } = await import('papaparse');
  const rows: ReadRow[] = [];
  let header: string[] | undefined;
  let from = 0;
  let line = 1;
  papa.parse<string[]>(content, {
    // The first line holds names alone; rows may hold any of these.
    delimiter: (text: string) => {
      const [names = ''] = text.trimStart().split(/[\r\n]/, 1);
      return [',', ';', '\t'].reduce((a, b) => (names.split(b).length > names.split(a).length ? b : a));
    },
    step: ({ data, errors, meta }) => {
      const at = line;
      for (; from < meta.cursor; from++) if (content[from] === '\n') line++;
      if (data.every((field) => field.trim() === '')) return;
      if (header === undefined) {
        header = data.map((name) => name.trim().toLowerCase());
        return;
      }
      const fault = errors.some(({ type }) => type === 'Quotes')
        ? 'A quotation mark is not closed, or text follows one.'
        : data.length > header.length
          ? `The row has ${data.length} fields, the header ${header.length}: put text with a comma into quotation marks.`
          : undefined;
      rows.push({
        line: at,
        ...(fault === undefined
          ? { value: Object.fromEntries(header.map((name, i) => [name, data[i]])) }
          : { fault }),
      });
    },
  });
  return { header: header ?? [], rows };
}
