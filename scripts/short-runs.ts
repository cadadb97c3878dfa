import { writeFileSync } from 'node:fs';
import { writeNumber } from '../src/engine/json-numbers.ts';
import { Trainer } from '../src/engine/experiment/trainer.ts';
import { objectiveKeys, objectives } from '../src/engine/recipe/objectives.ts';
import { recipeSchema } from '../src/engine/recipe/schema.ts';
import { openSession } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';

/**
 * A few updates of every pair, of the smallest with every objective, to the last bit: `npm run short-runs` before and after a change that should not change a number, and
 * `git diff test/fixtures/short-runs.json`. Numbers of one adapter; another rounds differently.
 */
const device = await openNodeDevice();
const source = folderSource('public');
/** Beside GenRecal and plain SFT, which every pair trains. */
const others = objectiveKeys.filter(
  (key) => key !== 'genrecal' && key !== 'sft' && !objectives[key].oneTokenizer,
);
const pairs: Record<string, unknown> = {};
for (const pair of ['nano', 'mini', 'medium']) {
  const session = await openSession({ source, device }, pair);
  const recipe = recipeSchema.parse({
    pair,
    data: { examples: 32, labelled: 16, batchSize: 4 },
    stages: { align: { steps: 3 }, distil: { steps: 4 }, finetune: { steps: 3 } },
    evaluation: { everySteps: 4, liveQuestions: 8, finalQuestions: 8 },
    arms: (pair === 'nano' ? others : (['sft'] as const)).map((objective) => ({
      key: objective,
      label: objective,
      change: { objective },
    })),
  });
  const trainer = new Trainer(session, recipe);
  const losses: unknown[] = [];
  const answers: unknown[] = [];
  for await (const event of trainer.run()) {
    if (event.type === 'metrics')
      for (const { arm, step, losses: of, gradientNorm } of event.steps)
        losses.push({ arm, step, ...of, gradientNorm });
    if (event.type === 'answers') answers.push({ ...event, type: undefined });
    if (event.type === 'done')
      for (const { label, after } of event.final.arms) answers.push({ label, ...after });
  }
  trainer.dispose();
  pairs[pair] = { losses, answers };
}
const result = { adapter: device.report.adapter, pairs };
writeFileSync('test/fixtures/short-runs.json', `${JSON.stringify(result, writeNumber, 1)}\n`);
process.exit(0);
