import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError, toFailure } from '../src/engine/errors.ts';
import { sequenceBounds } from '../src/engine/data/batch.ts';
import { FrozenAnswerer } from '../src/engine/evaluate/answerer.ts';
import { score } from '../src/engine/evaluate/score.ts';
import { questionTypes } from '../src/engine/recipe/recipe.ts';
import { finalSplit } from '../src/engine/recipe/splits.ts';
import { loadData, loadModel } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from '../bench/count-option.ts';
import { runExperiment } from './experiment.ts';

// Scores any checkpoint folder on one split of the evaluation questions, or runs a preset with several seeds.

/** Questions that are answered at once. */
const batchSize = 32;

try {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      split: { type: 'string', default: finalSplit },
      count: { type: 'string', default: '980' },
      json: { type: 'string' },
      preset: { type: 'string' },
      seeds: { type: 'string', default: '5' },
    },
  });
  if (values.preset !== undefined) {
    await runExperiment(
      values.preset,
      countOption('seeds', values.seeds),
      values.json ?? `results/${values.preset}.json`,
    );
    process.exit(0);
  }
  const data = await loadData(folderSource('public'));
  const { split } = values;
  const count = countOption('count', values.count);
  if (values.model === undefined || !data.splits.some(({ key }) => key === split))
    throw new EngineError(
      'recipe-invalid',
      `A model folder and a known split are needed; known are ${data.splits.map(({ key, name }) => `${key} (${name})`).join(', ')}.`,
      `npm run evaluate -- --model <folder or name> --split <key> [--count n] [--json file], or npm run evaluate -- --preset <name> --seeds n`,
    );
  const device = await openNodeDevice();
  const folder = existsSync(values.model) ? values.model : path.join('public/checkpoints', values.model);
  const model = await loadModel(folderSource(path.dirname(folder)), path.basename(folder));
  const examples = data.evaluation({ split, tasks: questionTypes, count });
  const bounds = sequenceBounds(model.tokenizer, examples);
  const answerer = new FrozenAnswerer({ device, data }, model, batchSize, bounds);
  const result = {
    model: model.name,
    weights: model.checkpoint.hash,
    split,
    dataHash: data.hash,
    adapter: device.report.adapter,
    ...score(examples, await answerer.answer(examples)),
  };
  console.log(JSON.stringify(result, null, 1));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
  process.exit(0);
} catch (error) {
  const failure = toFailure(error);
  console.error(`${failure.message}\n${failure.action}`);
  process.exit(1);
}
