import { expect, it } from 'vitest';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import { verdict } from '../../src/panels/result/verdict.ts';
import { loaded } from './loaded.ts';

/** That the whole of it works: one short run of a fixed seed, judged in the words of the page by pictures in a style that nobody trained on. */
const context = loaded('nano');

async function run(data: RecipeInput['data']): Promise<RunSummary> {
  const recipe = recipeSchema.parse({
    pair: 'nano',
    arms: [],
    data: { tasks: ['kind'], examples: 512, ...data },
    stages: {
      align: { steps: 4 },
      distil: { steps: 50, learningRate: 3e-3, finalLearningRate: 3e-4 },
      finetune: { steps: 0 },
    },
    evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 128 },
  });
  const trainer = new Trainer(context.session, recipe);
  let final: RunSummary | undefined;
  for await (const event of trainer.run()) if (event.type === 'done') final = event.final;
  trainer.dispose();
  return final!;
}

it('a student of this teacher improves', async () => {
  const summary = await run({ labelled: 64 });
  const { improved, headline } = verdict(summary);
  expect(headline).toMatch(/^The student improved: /);
  expect(improved).toBe(true);
  expect(summary.arms[0]!.after.agreement).toBeGreaterThan(summary.before.agreement!);
  expect(summary.arms[0]!.after.perplexity).toBeLessThan(summary.before.perplexity!);
});

it('a student of a teacher that mixes up the pictures does not', async () => {
  const summary = await run({ labelled: 1, unlabelled: 'shuffled-answers' });
  expect(verdict(summary)).toMatchObject({
    improved: false,
    headline: expect.stringMatching(/^The student did not improve/) as string,
  });
});
