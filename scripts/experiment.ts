import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Score } from '../src/engine/evaluate/score-schema.ts';
import type { RunSummary } from '../src/engine/run/events.ts';
import type { ProbeNumbers } from '../src/engine/run/probe-numbers.ts';
import { Trainer } from '../src/engine/experiment/trainer.ts';
import { EngineError } from '../src/engine/errors.ts';
import type { Band } from '../src/engine/evaluate/bands.ts';
import { seedBand } from '../src/engine/evaluate/seeds.ts';
import { presets } from '../src/engine/recipe/presets.ts';
import { recipeSchema } from '../src/engine/recipe/schema.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import { contentsOf, openSession } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';

/** One seed of an experiment, as it is kept between two invocations. */
interface SeedResult {
  seed: number;
  final: RunSummary;
  /** At the end of every stage that has a Recalibrator. */
  probes: ProbePoint[];
}

interface ProbePoint {
  step: number;
  arm: string;
  numbers: ProbeNumbers;
}

/** What `results/<preset>.json` says of one arm; `before` and `teacher` are arms of their own here. */
interface ArmResult {
  key: string;
  label: string;
  heldOut: Band;
  /** By kind of question. */
  byType: Record<string, Band>;
  /** Against the recipe's own arm, question by question: positive where the recipe's own arm is better. */
  behindMain: Band;
  otherSplits: Record<string, Band>;
  perSeed: number[];
  /** Of the true answers, per token of the model's own tokenizer; mean over seeds. */
  perplexity?: number;
}

/**
 * Runs a preset with seeds 1…n and writes what it measured; goes on where an interrupted invocation stopped.
 * @throws EngineError `recipe-invalid` for an unknown preset.
 */
export async function runExperiment(key: string, seeds: number, file: string): Promise<void> {
  const preset = presets.find((candidate) => candidate.key === key);
  if (preset === undefined)
    throw new EngineError(
      'recipe-invalid',
      `There is no preset “${key}”.`,
      `Choose among ${presets.map((candidate) => candidate.key).join(', ')}.`,
    );
  const whole = recipeSchema.parse(preset.recipe);
  // Nobody watches: only the final questions count.
  const recipe: Recipe = { ...whole, evaluation: { ...whole.evaluation, everySteps: 0 } };
  const device = await openNodeDevice();
  const session = await openSession({ source: folderSource('public'), device }, recipe.pair);
  const origin = {
    command: `npm run evaluate -- --preset ${key} --seeds ${seeds}`,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString().slice(0, 10),
    adapter: device.report.adapter,
    ...contentsOf(session),
    recipe,
  };
  const done = earlier(file, origin);
  for (let seed = 1; seed <= seeds; seed++) {
    if (done.some((run) => run.seed === seed)) continue;
    const trainer = new Trainer(session, { ...recipe, seed });
    const probes: ProbePoint[] = [];
    for await (const event of trainer.run()) {
      if (event.type === 'metrics')
        process.stderr.write(`\rseed ${seed}, step ${event.steps.at(-1)!.step}  `);
      if (event.type === 'probe') probes.push({ step: event.step, arm: event.arm, numbers: event.numbers });
      if (event.type === 'done') done.push({ seed, final: event.final, probes });
    }
    trainer.dispose();
    mkdirSync(path.dirname(file), { recursive: true });
    const result = { ...origin, ...summary(done), runs: done };
    writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
    console.log(`\n${table(result.arms)}`);
  }
}

/** Seeds that an earlier invocation of the same experiment has measured. */
function earlier(
  file: string,
  origin: { recipe: Recipe; dataHash: string; checkpoints: object },
): SeedResult[] {
  if (!existsSync(file)) return [];
  const old = JSON.parse(readFileSync(file, 'utf8')) as typeof origin & { runs: SeedResult[] };
  const same = (['recipe', 'dataHash', 'checkpoints'] as const).every(
    (part) => JSON.stringify(old[part]) === JSON.stringify(origin[part]),
  );
  return same ? old.runs : [];
}

function summary(runs: readonly SeedResult[]): {
  seeds: number[];
  split: string;
  questions: number;
  updates: number;
  arms: ArmResult[];
} {
  const { split, questions, steps, arms, otherSplits } = runs[0]!.final;
  const marks = ({ right }: Score) => Array.from(right, Number);
  const main = runs.map(({ final }) => marks(final.arms[0]!.after));
  const describe = (
    key: string,
    label: string,
    scoreOf: (final: RunSummary) => Score,
    otherOf: (other: RunSummary['otherSplits'][number]) => Score,
  ): ArmResult => {
    const all = runs.map(({ final }) => scoreOf(final));
    return {
      key,
      label,
      heldOut: seedBand(all.map(marks)),
      byType: Object.fromEntries(
        Object.keys(all[0]!.byType).map((type, place, types) => [
          type,
          // Kinds of question take turns.
          seedBand(all.map((score) => marks(score).filter((_, i) => i % types.length === place))),
        ]),
      ),
      behindMain: seedBand(all.map((score, s) => marks(score).map((mark, i) => main[s]![i]! - mark))),
      otherSplits: Object.fromEntries(
        otherSplits.map(({ split: other }, place) => [
          other,
          seedBand(runs.map(({ final }) => marks(otherOf(final.otherSplits[place]!)))),
        ]),
      ),
      perSeed: all.map(({ exactMatch }) => exactMatch),
      ...(all.every(({ perplexity }) => perplexity !== undefined) && {
        perplexity: all.reduce((sum, { perplexity }) => sum + perplexity!, 0) / all.length,
      }),
    };
  };
  return {
    seeds: runs.map(({ seed }) => seed),
    split,
    questions,
    updates: steps,
    arms: [
      describe(
        'before',
        'Student before',
        (final) => final.before,
        (other) => other.before,
      ),
      ...arms.map(({ key, label }, place) =>
        describe(
          key,
          label,
          (final) => final.arms[place]!.after,
          (other) => other.arms[key]!,
        ),
      ),
      describe(
        'teacher',
        'Teacher',
        (final) => final.teacher,
        (other) => other.teacher,
      ),
    ],
  };
}

function table(arms: readonly ArmResult[]): string {
  const points = (value: number) => (100 * value).toFixed(1);
  const band = ({ mean, low, high }: Band) => `${points(mean)} (${points(low)}–${points(high)})`;
  return arms
    .map(({ label, heldOut, behindMain }) =>
      [label.padEnd(26), band(heldOut).padEnd(22), `behind the first arm: ${band(behindMain)}`].join(''),
    )
    .join('\n');
}
