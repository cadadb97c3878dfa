import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';

/** More axes than this cannot be read. */
const maxAxes = 5;

/** Fields that change nothing of what is learnt. */
const silent = /^(arms|version|logEverySteps|evaluation\.)/;

interface Axis {
  path: string;
  /** Where each run stands, 0 (bottom) to 1. */
  places: number[];
  low: string;
  high: string;
}

/** The fields among `paths` in which the runs differ, the ones with the most values first. */
export function axesOf(rows: readonly RunRow[], paths: Iterable<string>): Axis[] {
  return [...paths]
    .filter((path) => !silent.test(path))
    .map((path) => ({ path, values: rows.map(({ recipe }) => fieldAt(recipe, path)) }))
    .map((axis) => ({ ...axis, distinct: new Set(axis.values.map((value) => JSON.stringify(value))).size }))
    .filter(({ distinct }) => distinct > 1)
    .sort((a, b) => b.distinct - a.distinct)
    .slice(0, maxAxes)
    .map(({ path, values }) => {
      if (values.every((value) => typeof value === 'number'))
        return {
          path,
          places: placesOn(values),
          low: String(Math.min(...values)),
          high: String(Math.max(...values)),
        };
      const names = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
      const order = [...new Set(names)].sort();
      return {
        path,
        places: placesOn(names.map((name) => order.indexOf(name))),
        low: order[0]!,
        high: order.at(-1)!,
      };
    });
}

/** Numbers between their smallest (0) and largest (1); by their logarithm where they span a factor of ten. */
export function placesOn(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return values.map(() => 0.5);
  const log = low > 0 && high / low >= 10;
  const scale = (value: number) => (log ? Math.log(value) : value);
  return values.map((value) => (scale(value) - scale(low)) / (scale(high) - scale(low)));
}
