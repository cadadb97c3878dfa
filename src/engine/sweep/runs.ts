import type { Recipe } from '../recipe/recipe.ts';
import type { JointSetting } from '../run/record-schema.ts';
import { groupsOf, jointRun } from './joint.ts';

/** What is foreseen of a run before it begins. */
export interface Foresight {
  /** The whole run, s. */
  seconds: number;
  /** Whether memory has room for all of it. */
  fits: boolean;
  /** How weights that nothing trains are kept: numbers are the same only where that is. */
  frozen: string;
}

/** A run of a sweep: one setting, or several that are trained together. */
export interface SweepRun {
  recipe: Recipe;
  settings: JointSetting[];
  /** As foreseen, s; undefined where nothing could be. */
  seconds: number | undefined;
}

/**
 * The runs that train these settings, in their order: together where one run can (`groupsOf`) and where memory has room for it as it has for one of them alone;
 * otherwise half of them, and so on down to one after the other.
 * @param foresee undefined where nothing can be said: settings are then trained one after the other
 */
export async function runsOf(
  settings: readonly Recipe[],
  foresee: (recipe: Recipe) => Promise<Foresight | undefined>,
): Promise<SweepRun[]> {
  const runs: SweepRun[] = [];
  for (const group of groupsOf(settings)) runs.push(...(await fitting(group, foresee)));
  return runs;
}

async function fitting(group: readonly Recipe[], foresee: Parameters<typeof runsOf>[1]): Promise<SweepRun[]> {
  const alone = await foresee(group[0]!);
  const joint = jointRun(group)!;
  if (group.length === 1) return [{ ...joint, seconds: alone?.seconds }];
  const together = alone && (await foresee(joint.recipe));
  if (together?.fits && (await keptAlike(group, together.frozen, foresee)))
    return [{ ...joint, seconds: together.seconds }];
  const half = Math.ceil(group.length / 2);
  return [...(await fitting(group.slice(0, half), foresee)), ...(await fitting(group.slice(half), foresee))];
}

/** Whether each of these would keep its weights that way alone too; what fits together as it is does so. */
async function keptAlike(
  group: readonly Recipe[],
  frozen: string,
  foresee: Parameters<typeof runsOf>[1],
): Promise<boolean> {
  if (frozen !== 'f16') return true;
  for (const recipe of group) if ((await foresee(recipe))?.frozen !== frozen) return false;
  return true;
}
