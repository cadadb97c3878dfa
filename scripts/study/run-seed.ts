import { Trainer } from '../../src/engine/experiment/trainer.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import type { ProbeNumbers } from '../../src/engine/run/probe-numbers.ts';
import { contentsOf, openSession, type RunContents } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';
import { commit } from '../../bench/report.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';

/** One seed of a recipe as it lies on disk until all are there. */
export interface SeedResult {
  seed: number;
  final: RunSummary;
  /** At the end of every stage that has a Recalibrator. */
  probes: { step: number; arm: string; numbers: ProbeNumbers }[];
}

/** What has to be the same for seeds to be summed up together, and where they were measured. */
export interface SeedOrigin extends RunContents {
  commit: string;
  date: string;
  adapter: string;
  recipe: Recipe;
}

/** Trains and examines every arm of a recipe with one seed. */
export async function runSeed(
  recipe: Recipe,
  seed: number,
): Promise<{ origin: SeedOrigin; result: SeedResult }> {
  const device = await openNodeDevice();
  const session = await openSession({ source: folderSource('public'), device }, recipe.pair);
  const trainer = new Trainer(session, { ...recipe, seed });
  const probes: SeedResult['probes'] = [];
  let final: RunSummary | undefined;
  for await (const event of trainer.run()) {
    if (event.type === 'probe') probes.push({ step: event.step, arm: event.arm, numbers: event.numbers });
    if (event.type === 'done') final = event.final;
  }
  trainer.dispose();
  if (final === undefined) throw new Error('the run ended without a summary');
  return {
    origin: {
      commit: commit(),
      date: new Date().toISOString().slice(0, 10),
      adapter: device.report.adapter,
      ...contentsOf(session),
      recipe,
    },
    result: { seed, final, probes },
  };
}
