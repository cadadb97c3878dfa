import { bootstrapBand, type Band } from '../../engine/evaluate/bands.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { ClassEntry } from '../../store/slices/class-slice.ts';
import { counted } from '../lib/counted.ts';
import { formatPercent, formatPoints } from '../lib/format.ts';

/** Who answered, over the laptops of a group. */
export interface ClassRow {
  /** An arm's key, “before” or “teacher”. */
  key: string;
  label: string;
  /** Exact match, 0–1, by laptop; undefined where it has none. */
  values: (number | undefined)[];
  mean: number;
  /** 95 % of resampled laptops; undefined where there is one. */
  band: Band | undefined;
}

/** Laptops that ran the same recipe, but for the seed. */
export interface ClassGroup {
  key: string;
  name: string;
  pair: string;
  questions: number;
  entries: readonly ClassEntry[];
  /** In the order of a run: before, the recipe's own, the others, the teacher. */
  rows: ClassRow[];
  /** What it comes to, in words. */
  says: string[];
}

/** Fewer laptops, all with one sign, are what a coin does in more than 5 % of throws: their band leaves out 0 all the same. */
const enough = 6;

/** The largest group first. */
export function groupsOf(entries: readonly ClassEntry[]): ClassGroup[] {
  const keys = [...new Set(entries.map(({ result }) => result.recipe))];
  return keys
    .map((key) =>
      groupOf(
        key,
        entries.filter(({ result }) => result.recipe === key),
      ),
    )
    .sort((a, b) => b.entries.length - a.entries.length);
}

function groupOf(key: string, entries: readonly ClassEntry[]): ClassGroup {
  const { name, pair, questions, arms } = entries[0]!.result;
  const row = (who: string, label: string, of: (entry: ClassEntry) => number | undefined): ClassRow => {
    const values = entries.map(of);
    const known = values.filter((value) => value !== undefined);
    const band = bootstrapBand(known);
    return { key: who, label, values, mean: band.mean, band: known.length > 1 ? band : undefined };
  };
  const afterOf = (arm: string) => (entry: ClassEntry) =>
    entry.result.arms.find((one) => one.key === arm)?.after;
  const rows = [
    row('before', 'Student before', ({ result }) => result.before),
    ...arms.map((arm) => row(arm.key, arm.label, afterOf(arm.key))),
    row('teacher', 'Teacher', ({ result }) => result.teacher),
  ];
  return { key, name, pair, questions, entries, rows, says: sayings(entries, rows) };
}

function sayings(entries: readonly ClassEntry[], rows: readonly ClassRow[]): string[] {
  const own = rows.find(({ key }) => key === mainArm) ?? rows[1]!;
  const seeds = new Set(entries.map(({ result }) => result.seed)).size;
  const n = entries.length;
  const changed = entries.filter(({ result }) => result.changed === true).length;
  const difference = (other: ClassRow) =>
    bootstrapBand(
      own.values.flatMap((value, i) => {
        const against = other.values[i];
        return value === undefined || against === undefined ? [] : [value - against];
      }),
    );
  const range = ({ low, high }: Band) => (n > 1 ? ` (${formatPoints(low)} to ${formatPoints(high)})` : '');
  return [
    ...rows
      .filter(({ key }) => key !== own.key && key !== 'teacher')
      .map((other) => {
        const band = difference(other);
        return `${own.label} minus ${other.label}: ${formatPoints(band.mean)} points${range(band)}.`;
      }),
    ...(n > 1 && n < enough
      ? [`${n} laptops are too few for their bands to tell anything from chance.`]
      : seeds > 1 && seeds < enough
        ? [
            `The ${n} laptops have ${seeds} different seeds: too few for their bands to tell anything from chance.`,
          ]
        : []),
    ...(changed > 0
      ? [
          `${counted(changed, 'laptop')} changed the recipe on the way, and ${changed === 1 ? 'counts' : 'count'} all the same.`,
        ]
      : []),
    ...(n > 1 && seeds === 1
      ? ['All have the same seed: laptops of one kind then measure the same thing, and the band says little.']
      : []),
  ];
}

/** “58.3 %, 55.1–61.2”. */
export function inWords({ mean, band }: ClassRow): string {
  const range = band && `, ${(band.low * 100).toFixed(1)}–${(band.high * 100).toFixed(1)}`;
  return `${formatPercent(mean)}${range ?? ''}`;
}
