import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../src/engine/run/events.ts';
import { addEvent, beginRecord, type RunRecord } from '../../src/engine/run/record.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { lists, studentsOf } from '../../src/engine/train/wgsl/lists.ts';
import { armsOf, withField } from '../../src/engine/recipe/arms.ts';
import { needRestart, withHalfTheRate } from '../../src/engine/recipe/live.ts';
import { parseRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { groupsOf, jointRun, type JointRun } from '../../src/engine/sweep/joint.ts';
import { planSweep, type SweepAxis } from '../../src/engine/sweep/plan.ts';
import { splitRecord } from '../../src/engine/sweep/split.ts';
import { loaded, smallData } from './loaded.ts';

/** Settings of a sweep that are trained as one run: what becomes of each is what it would have been alone. */
const context = loaded('nano');

const recipe = (change: RecipeInput = {}) =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [{ key: 'sft', label: 'SFT, same answers', change: { objective: 'sft' } }],
    data: { ...smallData, examples: 32 },
    stages: { align: { steps: 2 }, distil: { steps: 4 }, finetune: { steps: 1 } },
    evaluation: { everySteps: 3, liveQuestions: 8, finalQuestions: 8, otherSplits: ['validation-style'] },
    logEverySteps: 2,
    ...change,
  });

function settings(axes: SweepAxis[], base = recipe(), seeds = 1): Recipe[] {
  const planned = planSweep({ axes, samples: 1, seeds }, base);
  if (!planned.ok) throw new Error(planned.message);
  return planned.recipes;
}

const joined = (all: readonly Recipe[]): JointRun => {
  const joint = jointRun(all);
  if (joint === undefined) throw new Error('these settings are no run');
  return joint;
};

const armsIn = (joint: JointRun) =>
  joint.recipe.arms.map(({ key, label, change }) => ({ key, label, change }));

const rates: SweepAxis = { path: 'stages.distil.learningRate', range: [1e-3, 4e-3] };
const temperatures: SweepAxis = { path: 'loss.temperature', range: [1, 2, 4] };

async function record(own: Recipe, settingsOf?: JointRun['settings'], change?: Recipe): Promise<RunRecord> {
  const trainer = new Trainer(context.session, own);
  if (change !== undefined) trainer.change(change, 4);
  const sweep = { id: 'sweep', fields: ['x'], ...(settingsOf && { settings: settingsOf }) };
  const about = { id: 'run', startedAt: new Date(0).toISOString(), adapter: 'test', sweep };
  let made: RunRecord | undefined;
  for await (const event of trainer.run()) {
    if (event.type === 'start') made ??= beginRecord(about, event);
    addEvent(made!, 0, event);
  }
  trainer.dispose();
  return made!;
}

/** What a record tells, but for what time and the machine's load make of it, and who it is. */
function told({ events, recipe: own }: RunRecord): unknown {
  const measuredHere = /^(?:stepsPerSecond|examplesPerSecond|gpuBytes|tensors|seconds|trainSeconds)$/;
  return {
    own,
    events: events
      .filter(({ event }) => event.type !== 'status')
      .map(
        ({ event }) =>
          JSON.parse(
            JSON.stringify(event, (key, value: unknown) =>
              measuredHere.test(key) || ArrayBuffer.isView(value) ? undefined : value,
            ),
          ) as TrainEvent,
      ),
  };
}

describe('settings that are trained together', () => {
  it.each<[string, SweepAxis[], number, string[]]>([
    ['rates and seeds', [rates], 2, ['sft', 'setting-2', 'setting-2-sft']],
    ['temperatures, with the control once', [temperatures], 1, ['sft', 'setting-2', 'setting-3']],
    [
      'depths and objectives',
      [
        { path: 'recalibrator.depth', range: [1, 2] },
        { path: 'loss.regulariser', range: ['ce', 'none'] },
      ],
      1,
      ['sft', 'setting-2', 'setting-3', 'setting-4'],
    ],
  ])('tell what each tells alone: %s', async (_, axes, seeds, arms) => {
    const all = settings(axes, recipe(), seeds);
    const joint = joined(all);
    expect(joint.recipe.arms.map(({ key }) => key)).toEqual(arms);
    const whole = await record(joint.recipe, joint.settings);
    // Also after a reload, when the run comes from the disk.
    const parts = splitRecord(recordFromJson(recordToJson(whole)));
    expect(parts.map(({ id, sweep }) => [id, sweep])).toEqual(
      all.map((_setting, i) => [`run-${i + 1}`, { id: 'sweep', fields: ['x'], together: all.length }]),
    );
    for (const [i, setting] of all.entries()) {
      const part = parts[i]!;
      expect(recordFromJson(recordToJson(part)).outcome).toBe('done');
      expect(told(part), `setting ${i + 1}`).toEqual(told(await record(setting)));
    }
  });

  it('follow a live change as each would', async () => {
    const all = settings([rates]);
    const joint = joined(all);
    const half = withHalfTheRate(joint.recipe);
    const parts = splitRecord(await record(joint.recipe, joint.settings, half));
    for (const [i, setting] of all.entries())
      expect(told(parts[i]!)).toEqual(told(await record(setting, undefined, withHalfTheRate(setting))));
    // Any other field of an arm needs another run.
    const other = (path: string) => ({
      ...joint.recipe,
      arms: joint.recipe.arms.map((arm) => ({ ...arm, change: { ...arm.change, [path]: 2 } })),
    });
    expect(needRestart(joint.recipe, half)).toEqual([]);
    expect(needRestart(joint.recipe, other('recalibrator.depth'))).toEqual(['arms']);
    expect(needRestart(joint.recipe, other('loss.sft'))).toEqual(['arms']);
  });

  it('share one list of dispatches where they differ in rates alone', () => {
    const all = settings([{ path: 'stages.distil.learningRate', range: [1e-3, 2e-3, 4e-3] }]);
    const kinds = (own: Recipe) => lists(studentsOf(armsOf(own), own.seeds)).map((kind) => kind.length);
    expect(kinds(joined(all).recipe)).toEqual([3, 3]);
    expect(kinds(joined(settings([temperatures])).recipe)).toEqual([1, 1, 1, 1]);
  });
});

describe('settings of a sweep', () => {
  it('are one run with arms that say what they are', () => {
    const all = settings([rates, { path: 'optimiser.clipNorm', range: [0, 1] }]);
    expect(armsIn(joined(all.slice(0, 3)))).toEqual([
      { key: 'sft', label: 'SFT, same answers', change: { objective: 'sft' } },
      { key: 'setting-2', label: 'distil lr 1e-3 · clip 1', change: { 'optimiser.clipNorm': 1 } },
      {
        key: 'setting-2-sft',
        label: 'SFT, same answers, distil lr 1e-3 · clip 1',
        change: { objective: 'sft', 'optimiser.clipNorm': 1 },
      },
      {
        key: 'setting-3',
        label: 'distil lr 4e-3 · no clipping',
        change: { 'stages.distil.learningRate': 4e-3 },
      },
      {
        key: 'setting-3-sft',
        label: 'SFT, same answers, distil lr 4e-3 · no clipping',
        change: { objective: 'sft', 'stages.distil.learningRate': 4e-3 },
      },
    ]);
    for (const { recipe: setting, arms } of joined(all).settings) {
      const own = new Map(armsOf(joined(all).recipe).map((arm) => [arm.key, arm.recipe]));
      expect(own.get(arms[0]!.as)).toEqual({ ...setting, arms: [] });
    }
  });

  it('keep what they have in common: LoRA or none, hidden names, arms of the same key', () => {
    const lora = (rank: number) => recipe({ student: { lora: { rank } } });
    expect(armsIn(joined([recipe(), lora(8), lora(4)])).map(({ change }) => change)).toEqual([
      { objective: 'sft' },
      { 'student.lora.rank': 8 },
      { 'student.lora.rank': 8, objective: 'sft' },
      { 'student.lora.rank': 4 },
      { 'student.lora.rank': 4, objective: 'sft' },
    ]);
    // No arm can be without LoRA where the recipe has it, nor have a list of its own.
    expect(jointRun([lora(8), recipe()])).toBeUndefined();
    const narrow = recipe({ student: { lora: { targets: ['q_proj'] } } });
    expect(jointRun([recipe(), narrow])).toBeUndefined();
    const taken = recipe({
      arms: [{ key: 'setting-2', label: 'distil lr 4e-3', change: { objective: 'sft' } }],
    });
    expect(armsIn(joined(settings([rates], taken))).map(({ key, label }) => [key, label])).toEqual([
      ['setting-2', 'distil lr 4e-3'],
      ['setting-2-2', 'distil lr 4e-3-2'],
      ['setting-2-setting-2', 'distil lr 4e-3, distil lr 4e-3'],
    ]);
    const blind = { ...recipe(), blind: true as const };
    expect(joined(settings([rates], blind)).recipe.blind).toBe(true);
  });

  it('are divided where they share no batches, no answers, or are too many', () => {
    const sizes = (axes: SweepAxis[], base = recipe()) =>
      groupsOf(settings(axes, base)).map((group) => group.length);
    const many = (n: number) => Array.from({ length: n }, (_, i) => (i + 1) * 1e-4);
    const rate = (n: number): SweepAxis => ({ path: 'stages.distil.learningRate', range: many(n) });
    // Seventeen students at most: two a setting.
    expect(sizes([rate(10)])).toEqual([8, 2]);
    expect(sizes([{ path: 'loss.temperature', range: Array.from({ length: 20 }, (_, i) => 1 + i) }])).toEqual(
      [16, 4],
    );
    expect(sizes([{ path: 'data.batchSize', range: [2, 4] }])).toEqual([1, 1]);
    expect(sizes([{ path: 'stages.distil.steps', range: [2, 4] }, rates])).toEqual([2, 2]);
    // Other answers are longer, and lengths are shapes.
    expect(
      sizes(
        [{ path: 'data.unlabelled', range: ['teacher-answers', 'shuffled-answers'] }],
        recipe({ data: { ...smallData, examples: 32, labelled: 8 } }),
      ),
    ).toEqual([1, 1]);
    expect(
      sizes([{ path: 'objective', range: ['genrecal', 'uld', 'seq-kd'] }], recipe({ arms: [] })),
    ).toEqual([2, 1]);
    for (const group of groupsOf(settings([rate(10)])))
      expect(parseRecipe(jointRun(group)!.recipe).ok).toBe(true);
    const seeds = [recipe(), withField(recipe(), 'seed', 2) as Recipe];
    expect(groupsOf(seeds)).toHaveLength(2);
  });
});
