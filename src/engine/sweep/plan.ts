import { withField } from '../recipe/arms.ts';
import { parseRecipe } from '../recipe/schema.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { whatIsRun } from '../recipe/same-run.ts';

type Value = string | number | boolean;

/** A field of the recipe and what it is to be: each of some values, or anything between two numbers. */
export interface SweepAxis {
  path: string;
  range: readonly Value[] | { low: number; high: number; integer: boolean };
}

export interface SweepPlan {
  axes: readonly SweepAxis[];
  /** Settings to try where a range says only from where to where; with lists alone every combination is tried. */
  samples: number;
  /** With how many seeds every setting is trained, the recipe's and the next ones: the same for each, so that settings are compared in pairs. */
  seeds: number;
}

/** A sweep of more settings than this, every seed counted, is a mistake. */
const maxSettingsAndSeeds = 64;

/** Ranges over a factor of ten or more are sampled evenly in the logarithm. */
export function isLog({ low, high }: { low: number; high: number }): boolean {
  return low > 0 && high / low >= 10;
}

/** More settings than this are not even looked at. */
const maxSettings = 1000;

/**
 * The recipes of a sweep, one a setting, in the order in which they are shown, or why one of them cannot be. Settings that would make the same run are
 * planned once; `repeated` counts the others.
 */
export function planSweep(
  plan: SweepPlan,
  base: Recipe,
): { ok: true; recipes: Recipe[]; repeated: number } | { ok: false; message: string } {
  const refuse = (message: string) => ({ ok: false as const, message });
  const { axes, seeds } = plan;
  if (axes.length === 0) return refuse('Choose a field to vary.');
  if (new Set(axes.map(({ path }) => path)).size < axes.length) return refuse('Choose two different fields.');
  const empty = axes.find(({ range }) => (isList(range) ? range.length === 0 : !(range.low < range.high)));
  if (empty !== undefined)
    return refuse('Give every field values to try, or a range from a smaller to a larger one.');
  const ranges = axes.some(({ range }) => !isList(range));
  if (
    !ranges &&
    axes.reduce((count, { range }) => count * (isList(range) ? range.length : 1), 1) > maxSettings
  )
    return refuse(`Choose fewer values: at most ${maxSettingsAndSeeds} settings.`);
  const settings = ranges ? sampled(plan) : grid(axes);
  const distinct = new Map<string, Recipe>();
  for (const setting of settings) {
    const parsed = parseRecipe(
      setting.reduce<unknown>((recipe, [path, value]) => withField(recipe, path, value), base),
    );
    if (!parsed.ok) return refuse(`${parsed.issues[0]!.path}: ${parsed.issues[0]!.message}`);
    const run = whatIsRun(parsed.recipe);
    if (!distinct.has(run)) distinct.set(run, parsed.recipe);
  }
  const count = distinct.size * seeds;
  if (count > maxSettingsAndSeeds)
    return refuse(
      seeds === 1
        ? `That would be ${count} settings: choose at most ${maxSettingsAndSeeds}.`
        : `That would be ${distinct.size} settings with ${seeds} seeds each: choose at most ${maxSettingsAndSeeds} in all.`,
    );
  const recipes = [...distinct.values()].map((recipe) => ({ ...recipe, seeds }));
  return { ok: true, recipes, repeated: settings.length - distinct.size };
}

function grid(axes: readonly SweepAxis[]): [string, Value][][] {
  return axes.reduce<[string, Value][][]>(
    (settings, { path, range }) =>
      settings.flatMap((setting) =>
        (isList(range) ? range : []).map((value): [string, Value][] => [...setting, [path, value]]),
      ),
    [[]],
  );
}

/** Points of Roberts' R₂ sequence (2018), which fills a plane evenly however many there are. */
function sampled({ axes, samples }: SweepPlan): [string, Value][][] {
  const steps = axes.length === 1 ? [0.618_033_988_75] : [0.754_877_666_25, 0.569_840_290_998];
  return Array.from({ length: samples }, (_, n) =>
    axes.map(({ path, range }, a): [string, Value] => {
      const share = (0.5 + (n + 1) * steps[a]!) % 1;
      if (isList(range)) return [path, range[Math.floor(share * range.length)]!];
      const { low, high, integer } = range;
      const value = isLog(range) ? low * (high / low) ** share : low + (high - low) * share;
      return [path, integer ? Math.round(value) : Number(value.toPrecision(3))];
    }),
  );
}

function isList(range: SweepAxis['range']): range is readonly Value[] {
  return Array.isArray(range);
}
