import { z } from 'zod';
import { fidelityKeys } from '../../engine/evaluate/score-schema.ts';
import { presets } from '../../engine/recipe/presets.ts';
import { recipeSchema } from '../../engine/recipe/schema.ts';
import { formatPoints } from '../lib/format.ts';

const band = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const experiment = z.object({
  command: z.string(),
  commit: z.string(),
  date: z.string(),
  adapter: z.string(),
  recipe: recipeSchema,
  seeds: z.array(z.number()),
  split: z.string(),
  questions: z.number(),
  updates: z.number(),
  arms: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      heldOut: band,
      behindMain: band,
      byType: z.record(z.string(), band),
      fidelity: z.partialRecord(z.enum(fidelityKeys), band),
    }),
  ),
  runs: z.array(
    z.object({
      probes: z.array(
        z.object({
          step: z.number(),
          arm: z.string(),
          numbers: z.object({ mainKl: z.number(), mainKlZeroed: z.number(), mainKlShuffled: z.number() }),
        }),
      ),
    }),
  ),
});

/** One file of `results/`, as `npm run study` writes it. */
export type Experiment = z.output<typeof experiment> & { name: string };

const files = import.meta.glob(['../../../results/*.json', '!**/abuse*.json'], { import: 'default' });

/** Every committed experiment, in the order of the presets; those that are none come last. */
export async function experiments(): Promise<Experiment[]> {
  const order: readonly string[] = presets.map(({ key }) => key);
  const place = ({ name }: Experiment) => (order.includes(name) ? order.indexOf(name) : order.length);
  const all = await Promise.all(
    Object.entries(files).map(async ([path, load]) => ({
      ...experiment.parse(await load()),
      name: path.split('/').at(-1)!.replace('.json', ''),
    })),
  );
  return all.sort((a, b) => place(a) - place(b));
}

/**
 * How the recipe's own arm stands against each other one, in words. The band alone decides: so many questions and seeds were asked that `compareScores`
 * says the same of every file, to which a test holds them.
 */
export function standings({ arms }: Experiment): string[] {
  const main = arms.find(({ key }) => key === 'main')!;
  return arms
    .filter(({ key }) => key !== 'main' && key !== 'teacher')
    .map(({ label, behindMain: { mean, low, high } }) => {
      const range = `${formatPoints(mean)} points, ${formatPoints(low)} to ${formatPoints(high)}`;
      const other = `“${label}”`;
      if (low > 0) return `${main.label} is above ${other} (${range}).`;
      if (high < 0) return `${main.label} is below ${other} (${range}).`;
      return `${main.label} and ${other} cannot be told apart (${range}).`;
    });
}

/** What the probes say at the end of stage 2: means over seeds of L_main·KL as it is, with z_qs zeroed, and with z_qs of another question. */
export function meanProbes(
  { runs }: Experiment,
  arm: string,
): { asIs: number; zeroed: number; shuffled: number } | undefined {
  const last = runs.flatMap(({ probes }) => probes.filter((probe) => probe.arm === arm).slice(-1));
  if (last.length === 0) return undefined;
  const mean = (read: (numbers: (typeof last)[number]['numbers']) => number) =>
    last.reduce((sum, { numbers }) => sum + read(numbers), 0) / last.length;
  return {
    asIs: mean(({ mainKl }) => mainKl),
    zeroed: mean(({ mainKlZeroed }) => mainKlZeroed),
    shuffled: mean(({ mainKlShuffled }) => mainKlShuffled),
  };
}
