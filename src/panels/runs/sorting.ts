import { newestFirst } from '../../store/kept/run-row.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';

/** A column: of what a row says, or of a field of the recipe by its path. */
export type SortKey =
  | `field ${string}`
  | 'startedAt'
  | 'name'
  | 'after'
  | 'gain'
  | 'loss'
  | 'step'
  | 'seed'
  | 'adapter'
  | 'seconds'
  | 'outcome';

export interface Sort {
  by: SortKey;
  descending: boolean;
}

const prefix = 'field ';

function isField(key: SortKey): key is `field ${string}` {
  return key.startsWith(prefix);
}

/** The column of a field of the recipe. */
export function columnOf(path: string): SortKey {
  return `${prefix}${path}`;
}

/** The fields, by path, that sweeps of these runs have varied; the latest sweep's first. */
export function sweptFields(rows: readonly RunRow[]): string[] {
  return [...new Set(newestFirst(rows).flatMap(({ sweep }) => sweep?.fields ?? []))];
}

/** A value of a recipe's field as a table shows it. */
export function fieldText(value: unknown): string {
  if (value === undefined) return 'without';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** Rows in the order of one column; those without a value come last either way. */
export function sortRows(rows: readonly RunRow[], { by, descending }: Sort): RunRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a, by), valueOf(b, by)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (typeof x === 'string' ? x.localeCompare(String(y)) : order(x, Number(y)));
  });
}

/** Of two infinite numbers a difference would be none. */
function order(x: number, y: number): number {
  return Number(x > y) - Number(x < y);
}

/** Rows in which every word of the text begins a word: “seed 3” does not find seed 13. */
export function filterRows(rows: readonly RunRow[], text: string): RunRow[] {
  const words = inWords(text);
  return rows.filter(({ wholeName, given = '', note = '', adapter, outcome }) => {
    const all = inWords(`${given} ${wholeName} ${note} ${adapter} ${outcome}`);
    return words.every((word) => all.some((candidate) => candidate.startsWith(word)));
  });
}

/** Longer names cannot be read. */
const maxParts = 7;

/** Names by id that tell the rows apart: where a short name leaves parts out, those that other runs of the pair do not have are said. */
export function distinctNames(rows: readonly RunRow[]): Map<string, string> {
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  for (const row of rows) {
    const parts = partsOf(row);
    const cut = row.given === undefined && row.name !== row.wholeName;
    const alike = rows.filter((other) => partsOf(other)[0] === parts[0]).map(partsOf);
    const own = parts.filter(
      (part, i) => i < 2 || i === parts.length - 1 || !alike.every((other) => other.includes(part)),
    );
    if (cut && alike.length > 1 && own.length > 3 && own.length <= maxParts)
      names.set(row.id, own.join(' · '));
  }
  numberEqual(rows, names);
  return names;
}

/** Of runs with one name the second and later ones get a number. */
function numberEqual(rows: readonly RunRow[], names: Map<string, string>): void {
  const seen = new Map<string, number>();
  for (const { id } of newestFirst(rows).toReversed()) {
    const name = names.get(id)!;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    if (count > 1) names.set(id, `${name} (${count})`);
  }
}

function partsOf({ wholeName }: RunRow): string[] {
  return wholeName.split(' · ');
}

function inWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s·;:,()]+/)
    .filter(Boolean);
}

function valueOf(row: RunRow, by: SortKey): string | number | undefined {
  const value = cellOf(row, by);
  return Number.isNaN(value) ? undefined : value;
}

function cellOf(row: RunRow, by: SortKey): string | number | undefined {
  if (isField(by)) {
    // What a class is to guess has no place in an order.
    if (row.recipe.blind === true) return undefined;
    const value = fieldAt(row.recipe, by.slice(prefix.length));
    return value === undefined || typeof value === 'number' ? value : fieldText(value);
  }
  switch (by) {
    case 'after':
      return row.after?.mean;
    case 'gain':
      return row.gain?.mean;
    case 'seed':
      return row.recipe.seed;
    default:
      return row[by];
  }
}
