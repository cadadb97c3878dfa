import type { OwnRow, RowNote } from './rows.ts';

/** What a picture, or a question of text alone, is for: to train on, to choose settings by, or to measure by. */
export const sides = ['training', 'validation', 'held-out'] as const;
export type Side = (typeof sides)[number];

/** A row with what decides its side, so that the same is never on two. */
export interface HashedRow extends OwnRow {
  /** SHA-256 of its picture's bytes, or of the question where it is about none. */
  hash: string;
}

/** As people and Hugging Face call them. */
const called: Readonly<Record<string, Side>> = {
  train: 'training',
  training: 'training',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'held-out',
  'held-out': 'held-out',
};

export const strictness = (side: Side) => sides.indexOf(side);

/**
 * The side that a row asks for: by its `split`, by the innermost folder with such a name that its picture lies in, or else its table, or, without a
 * picture, by the file's name, as “test.jsonl” or “train-00000-of-00003.jsonl”; `unknown` where its split is none.
 */
export function askedSide({ split, picture, file }: OwnRow): Side | 'unknown' | undefined {
  if (split !== undefined) return called[split.toLowerCase()] ?? 'unknown';
  // From the innermost out: a folder that holds all of them may be called anything.
  const folders = file.split('/').toReversed();
  const stem = folders.shift()!.replace(/(?:[-_.]\d[^/]*)?\.\w+$/, '');
  const own = picture === undefined ? [stem] : picture.split('/').toReversed().slice(1);
  const places = [...own, ...folders];
  const said = places.find((part) => called[part.toLowerCase()] !== undefined);
  return said === undefined ? undefined : called[said.toLowerCase()];
}

/** Shares of the pictures or questions that are set aside where nobody says which. */
const heldOutShare = 0.2;
const validationShare = 0.1;

/**
 * Which side every picture, or question of text alone, is on, by its hash: never by row, so that none stands on both. Where rows say it, it goes to the
 * strictest side that one of them asks for; where none is set aside, or no answered one for the last word, the hashes decide alone.
 */
export function sidesOf(rows: readonly HashedRow[]): {
  of: ReadonlyMap<string, Side>;
  /** Rows that ask for another side than they are on. */
  moved: RowNote[];
} {
  const measurable = new Set(rows.filter(({ answer }) => answer !== undefined).map(({ hash }) => hash));
  const asked = new Map<string, { side: Side; row: HashedRow }>();
  for (const row of rows) {
    const side = askedSide(row);
    if (side === undefined || side === 'unknown') continue;
    const known = asked.get(row.hash);
    if (known === undefined || strictness(side) > strictness(known.side)) asked.set(row.hash, { side, row });
  }
  const setAside = [...asked].filter(([hash, { side }]) => side !== 'training' && measurable.has(hash));
  if (setAside.length === 0) {
    const of = byHash(rows, measurable);
    // What was to measure by and cannot, because it has no answers, is still not trained on.
    for (const [hash, { side }] of asked) if (side !== 'training') of.set(hash, side);
    return { of, moved: [] };
  }

  // With one part set aside, that is the one for the last word.
  const validates = setAside.some(([, { side }]) => side === 'held-out');
  const meant = (side: Side): Side => (side === 'validation' && !validates ? 'held-out' : side);
  const of = new Map(rows.map(({ hash }) => [hash, meant(asked.get(hash)?.side ?? 'training')] as const));
  const moved = rows.flatMap((row): RowNote[] => {
    const wish = askedSide(row);
    const decided = asked.get(row.hash);
    if (wish === undefined || wish === 'unknown' || decided === undefined || wish === decided.side) return [];
    const { file, line } = row;
    const [from, to] = [meant(wish), meant(decided.side)];
    const same = row.picture === undefined ? 'asks the same' : 'has the same picture';
    const reason = `Moved from ${from} to ${to}: ${place(decided.row, file)} ${same} there.`;
    return [{ file, line, reason }];
  });
  return { of, moved };
}

function byHash(rows: readonly HashedRow[], measurable: ReadonlySet<string>): Map<string, Side> {
  // 32 bits of a SHA-256 are evenly spread.
  const at = (hash: string) => Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32;
  const of = new Map<string, Side>();
  for (const { hash } of rows) {
    const share = measurable.has(hash) ? at(hash) : 1;
    of.set(
      hash,
      share < heldOutShare ? 'held-out' : share < heldOutShare + validationShare ? 'validation' : 'training',
    );
  }
  // Of a handful none may lie so low.
  if (![...of.values()].includes('held-out')) {
    const [lowest] = [...measurable].sort((a, b) => at(a) - at(b));
    if (lowest !== undefined) of.set(lowest, 'held-out');
  }
  return of;
}

/** Where a row stands, as seen from a row of \`file\`. */
export function place(row: OwnRow, file: string): string {
  return `line ${row.line}${row.file === file ? '' : ` of ${row.file}`}`;
}
