import { mayDiffer } from '../recipe/arm-keys.ts';
import { armsOf, mainArm, withLora } from '../recipe/arms.ts';
import { leaves } from '../recipe/link.ts';
import { objectives } from '../recipe/objectives.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { fieldInName } from '../recipe/run-name.ts';
import { whatIsLearnt } from '../recipe/same-run.ts';
import { parseRecipe } from '../recipe/schema.ts';
import type { JointSetting } from '../run/record-schema.ts';

type Change = Recipe['arms'][number]['change'];

/** Settings of a sweep as one run, whose students share the teacher, the batches and everything that is computed once. */
export interface JointRun {
  /** The first setting, with all else that the settings train as arms beside it. */
  recipe: Recipe;
  settings: JointSetting[];
}

/** Letters of an arm's label and key. */
const [mostInLabel, mostInKey] = [60, 40];

/**
 * One run that trains what these settings would, each alone, bit for bit; undefined where there is none: where they differ in what arms may not differ in,
 * in what the teacher is to answer (which decides the shapes), or where they are too many. What two settings would train alike is trained once.
 * @param settings recipes, parsed
 */
export function jointRun(settings: readonly Recipe[]): JointRun | undefined {
  const [first, ...others] = settings;
  if (first === undefined || others.some((other) => answersOf(other) !== answersOf(first))) return undefined;
  const arms = [...first.arms];
  const learnt = new Map(armsOf(first).map(({ key, recipe }) => [whatIsLearnt(recipe), key]));
  const parts = [{ recipe: first, arms: armsOf(first).map(({ key }) => ({ key, as: key })) }];
  const names = settingNames(settings);
  for (const [i, setting] of others.entries()) {
    const own: JointSetting = { recipe: setting, arms: [] };
    for (const { key, label, recipe } of armsOf(setting)) {
      const what = whatIsLearnt(recipe);
      if (!learnt.has(what)) {
        const change = changeOf(first, recipe);
        if (change === undefined) return undefined;
        const name = names[i + 1]!;
        const added = {
          key: unlike(`setting-${i + 2}${key === mainArm ? '' : `-${key}`}`, mostInKey, [
            mainArm,
            ...arms.map((arm) => arm.key),
          ]),
          label: unlike(key === mainArm ? name : `${label}, ${name}`, mostInLabel, [
            objectives[first.objective].label,
            ...arms.map((arm) => arm.label),
          ]),
          change,
        };
        arms.push(added);
        learnt.set(what, added.key);
      }
      own.arms.push({ key, as: learnt.get(what)! });
    }
    parts.push(own);
  }
  const joint = parseRecipe({ ...first, arms });
  return joint.ok && parts.every((part) => trainsIn(joint.recipe, part))
    ? { recipe: joint.recipe, settings: parts }
    : undefined;
}

/** Every setting by what it alone has of the fields in which they differ: “distil lr 2e-3 · depth 3”. */
export function settingNames(settings: readonly Recipe[]): string[] {
  const values = settings.map((setting) => new Map(leaves({ ...setting, arms: [] })));
  const paths = [...new Set(values.flatMap((own) => [...own.keys()]))].filter(
    (path) => new Set(values.map((own) => JSON.stringify(own.get(path)))).size > 1,
  );
  return values.map((own) =>
    paths
      .filter((path) => own.has(path))
      .map((path) => fieldInName(path, own.get(path)))
      .join(' · '),
  );
}

/** Settings in the order in which they were planned, in as few groups as one run can train each (`jointRun`). */
export function groupsOf(settings: readonly Recipe[]): Recipe[][] {
  const groups: Recipe[][] = [];
  /** The latest group by what its settings have to share. */
  const open = new Map<string, Recipe[]>();
  for (const setting of settings) {
    const shared = JSON.stringify(leaves(setting).filter(([path]) => !mayDiffer(path)));
    const group = open.get(shared);
    if (group !== undefined && jointRun([...group, setting]) !== undefined) group.push(setting);
    else {
      const begun = [setting];
      groups.push(begun);
      open.set(shared, begun);
    }
  }
  return groups;
}

/** Whose answers the arms learn: the lengths of all of them decide the shapes of a run. */
function answersOf(setting: Recipe): string {
  const sources = armsOf(setting).map(({ recipe: { objective, data } }) =>
    objectives[objective].answers === 'teacher' ? 'teacher' : data.unlabelled,
  );
  return JSON.stringify([...new Set(sources)].sort());
}

/** The fields in which an arm of `base` is another recipe; undefined where no arm can be. */
function changeOf(base: Recipe, wanted: Recipe): Change | undefined {
  const adds = wanted.student.lora !== undefined && base.student.lora === undefined;
  const before = new Map(leaves(adds ? withLora(base) : base));
  const change: Change = {};
  for (const [path, value] of leaves({ ...wanted, arms: base.arms })) {
    const same = JSON.stringify(value) === JSON.stringify(before.get(path));
    // One of its fields brings LoRA, also with its usual value.
    if (same && !(adds && path === 'student.lora.rank')) continue;
    if (!mayDiffer(path) || !isValue(value)) return undefined;
    change[path] = value;
  }
  return change;
}

function isValue(value: unknown): value is Change[string] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Whether a run trains all that a setting does. */
function trainsIn(joint: Recipe, { recipe, arms }: JointSetting): boolean {
  const learnt = new Map(armsOf(joint).map((arm) => [arm.key, whatIsLearnt(arm.recipe)]));
  const alone = new Map(armsOf(recipe).map((arm) => [arm.key, whatIsLearnt(arm.recipe)]));
  return arms.every(({ key, as }) => learnt.get(as) === alone.get(key));
}

/** A text of at most so many letters that is none of `taken`. */
function unlike(wanted: string, most: number, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const end = n === 1 ? '' : `-${n}`;
    const found = wanted.slice(0, most - end.length) + end;
    if (!taken.includes(found)) return found;
  }
}
