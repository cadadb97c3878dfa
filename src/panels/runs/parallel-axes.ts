import { leaves } from '../../engine/recipe/link.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { fieldName } from './field-name.ts';
import { fieldText } from './sorting.ts';

/** More axes than this cannot be read. */
const maxAxes = 5;
/** More values than this have no room beside an axis. */
const maxMarks = 6;

/** Fields that change nothing of what is learnt. */
const silent = /^(arms|blind|version|logEverySteps|evaluation\.(?!split$))/;

interface Axis {
  path: string;
  label: string;
  /** Where each run stands, 0 (bottom) to 1. */
  places: number[];
  /** Values that are said beside the axis: all of them, or where these are too many, the lowest and the highest. */
  marks: { place: number; text: string }[];
}

/** The fields in which runs differ: those that a sweep varied first, then the ones with the most values. */
export function axesOf(rows: readonly RunRow[]): Axis[] {
  const swept = new Set(rows.flatMap(({ sweep }) => sweep?.fields ?? []));
  const paths = new Set(rows.flatMap(({ recipe }) => leaves(recipe).map(([path]) => path)));
  return [...paths]
    .filter((path) => !silent.test(path))
    .map((path) => {
      const values = rows.map(({ recipe }) => fieldAt(recipe, path));
      return { path, values, distinct: new Set(values.map((value) => JSON.stringify(value))).size };
    })
    .filter(({ distinct }) => distinct > 1)
    .sort((a, b) => Number(swept.has(b.path)) - Number(swept.has(a.path)) || b.distinct - a.distinct)
    .slice(0, maxAxes)
    .map(({ path, values }) => {
      const texts = values.map(fieldText);
      const order = [...new Set(texts)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      const numbers = values.every((value) => typeof value === 'number')
        ? values
        : texts.map((text) => order.indexOf(text));
      const places = placesOn(numbers);
      return { path, label: fieldName(path), places, marks: marksOf(texts, places) };
    });
}

function marksOf(texts: readonly string[], places: readonly number[]): Axis['marks'] {
  const all = [...new Map(texts.map((text, i) => [text, { place: places[i]!, text }])).values()].sort(
    (a, b) => a.place - b.place,
  );
  return all.length <= maxMarks ? all : [all[0]!, all.at(-1)!];
}

/** Numbers between their smallest (0) and largest (1); by their logarithm where they span a factor of ten. */
export function placesOn(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return values.map(() => 0.5);
  const log = low > 0 && high / low >= 10;
  const scale = (value: number) => (log ? Math.log(value) : value);
  return values.map((value) => (scale(value) - scale(low)) / (scale(high) - scale(low)));
}
