import { EngineError } from '../../engine/errors.ts';
import { meanOfScores, seedScores } from '../../engine/evaluate/over-seeds.ts';
import { withBlind } from '../../engine/recipe/arms.ts';
import { presetOf } from '../../engine/recipe/presets.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import type { ClassResult } from '../../engine/run/class-result.ts';
import { latestRecipe, type RunRecord } from '../../engine/run/record.ts';
import { sha256 } from '../../engine/sha256.ts';
import { lastStep, summaryOf } from '../kept/run-row.ts';

/** @throws EngineError where the run has not come to its end */
export async function classResult(record: RunRecord): Promise<ClassResult> {
  const { id, adapter, startedAt, recipe } = record;
  const summary = summaryOf(record);
  if (summary === undefined)
    throw new EngineError(
      'bundle-invalid',
      `The run did not come to its end: it stands at step ${lastStep(record)}, and has no result.`,
      'Let it run to its end first.',
    );
  const changed = JSON.stringify(latestRecipe(record)) !== JSON.stringify(recipe);
  return {
    format: 'genrecal-result',
    version: 1,
    id,
    name: nameOf(recipe).slice(0, 200),
    recipe: (await sha256(new TextEncoder().encode(JSON.stringify(withoutSeed(recipe))))).slice(0, 12),
    ...(changed && { changed }),
    pair: recipe.pair,
    seed: recipe.seed,
    adapter: adapter.slice(0, 200) || 'unknown',
    startedAt,
    steps: summary.steps,
    split: summary.split,
    questions: summary.questions,
    teacher: rounded(summary.teacher.exactMatch),
    before: rounded(summary.before.exactMatch),
    arms: summary.arms.map((arm) => ({
      key: arm.key,
      label: arm.label,
      after: rounded(meanOfScores(seedScores(arm)).exactMatch),
    })),
  };
}

function nameOf(recipe: Recipe): string {
  return presetOf(recipe, { anySeed: true })?.label ?? runName(recipe).whole.replace(/ · seed \d+$/, '');
}

/** Laptops differ in their seeds, and whether a class was to guess is no part of what was trained. */
function withoutSeed(recipe: Recipe): Recipe {
  return withBlind({ ...recipe, seed: 0 }, false);
}

/** A short line: four decimals are finer than any question. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
