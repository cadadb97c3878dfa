import type { RunRow } from '../../store/runs-slice.ts';

export type SortKey =
  'startedAt' | 'name' | 'after' | 'gain' | 'loss' | 'step' | 'seed' | 'adapter' | 'seconds' | 'outcome';

export interface Sort {
  by: SortKey;
  descending: boolean;
}

/** Rows in the order of one column; those without a value come last either way. */
export function sortRows(rows: readonly RunRow[], { by, descending }: Sort): RunRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a, by), valueOf(b, by)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y));
  });
}

/** Rows in which every word of the text begins a word: “seed 3” does not find seed 13. */
export function filterRows(rows: readonly RunRow[], text: string): RunRow[] {
  const words = inWords(text);
  return rows.filter(({ wholeName, adapter, outcome }) => {
    const all = inWords(`${wholeName} ${adapter} ${outcome}`);
    return words.every((word) => all.some((candidate) => candidate.startsWith(word)));
  });
}

function inWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s·;:,()]+/)
    .filter(Boolean);
}

function valueOf(row: RunRow, by: SortKey): string | number | undefined {
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
