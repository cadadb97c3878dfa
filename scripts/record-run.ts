import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseEvent } from '../src/engine/run/events.ts';
import { writeNumber } from '../src/engine/json-numbers.ts';
import { addEvent, beginRecord, type RunRecord } from '../src/engine/run/record.ts';
import { recordToJson } from '../src/engine/run/record-json.ts';
import { Trainer } from '../src/engine/experiment/trainer.ts';
import { EngineError } from '../src/engine/errors.ts';
import { presets } from '../src/engine/recipe/presets.ts';
import { recipeSchema } from '../src/engine/recipe/schema.ts';
import { openSession } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { commit } from '../bench/report.ts';
import { fail } from './fail.ts';

/** Records a run that the page can play where nothing can be trained: `public/recorded/<preset>.json`. */
const usage = 'npm run record -- --preset <preset>';

/** Significant digits of the numbers of single steps: more than a chart can show. */
const digits = 5;

try {
  const { values } = parseArgs({ options: { preset: { type: 'string', default: 'default' } } });
  const preset = presets.find(({ key }) => key === values.preset);
  if (preset === undefined)
    throw new EngineError(
      'recipe-invalid',
      `There is no preset “${values.preset}”.`,
      `Choose among ${presets.map(({ key }) => key).join(', ')}. Usage: ${usage}`,
    );
  const recipe = recipeSchema.parse(preset.recipe);
  const device = await openNodeDevice();
  const session = await openSession({ source: folderSource('public'), device }, recipe.pair);
  const run = {
    id: `recorded-${preset.key}`,
    startedAt: new Date().toISOString(),
    adapter: device.report.adapter,
    origin: {
      command: `npm run record -- --preset ${preset.key}`,
      commit: commit(),
    },
  };
  const trainer = new Trainer(session, recipe);
  const started = performance.now();
  let record: RunRecord | undefined;
  for await (const event of trainer.run()) {
    if (event.type === 'start') record = beginRecord(run, event);
    addEvent(record!, performance.now() - started, event);
    if (event.type === 'metrics') process.stderr.write(`\rstep ${event.steps.at(-1)!.step}  `);
  }
  trainer.dispose();
  mkdirSync('public/recorded', { recursive: true });
  const json = JSON.stringify(recordToJson(rounded(record!)));
  writeFileSync(`public/recorded/${preset.key}.json`, `${json}\n`);
  console.error(`\npublic/recorded/${preset.key}.json: ${Math.round(json.length / 1000)} kB`);
  process.exit(0);
} catch (error) {
  fail(error);
}

/** The numbers of single steps with fewer digits; scores and summaries stay exact. */
function rounded(record: RunRecord): RunRecord {
  const shorten = (key: string, value: unknown) =>
    Number.isInteger(value) || !Number.isFinite(value)
      ? writeNumber(key, value)
      : Number((value as number).toPrecision(digits));
  return {
    ...record,
    events: record.events.map(({ at, event }) => ({
      at,
      event:
        event.type === 'metrics' || event.type === 'probe'
          ? (parseEvent(JSON.parse(JSON.stringify(event, shorten))) as typeof event)
          : event,
    })),
  };
}
