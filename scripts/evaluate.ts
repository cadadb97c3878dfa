import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError } from '../src/engine/errors.ts';
import { sequenceBounds } from '../src/engine/data/batch.ts';
import { FrozenAnswerer } from '../src/engine/evaluate/answerer.ts';
import { score } from '../src/engine/evaluate/score.ts';
import { questionTypes, textQuestionTypes } from '../src/engine/recipe/splits.ts';
import { finalSplit, finalTextSplit } from '../src/engine/recipe/splits.ts';
import { loadData, loadModel, loadTextData, usualBudgets } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from '../bench/count-option.ts';
import { fail } from './fail.ts';

// Scores any checkpoint folder on one split of the evaluation questions: about pictures, or where it reads none of those without.

/** Questions that are answered at once. */
const batchSize = 32;

try {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      split: { type: 'string' },
      count: { type: 'string', default: '980' },
      json: { type: 'string' },
    },
  });
  const usage = 'npm run evaluate -- --model <folder or name> --split <key> [--count n] [--json file]';
  if (values.model === undefined) throw new EngineError('recipe-invalid', 'A model folder is needed.', usage);
  const count = countOption('count', values.count);
  const folder = existsSync(values.model) ? values.model : path.join('public/checkpoints', values.model);
  const model = await loadModel(folderSource(path.dirname(folder)), path.basename(folder));
  const pictures = model.config.vision !== undefined;
  const data = await (pictures ? loadData : loadTextData)(folderSource('public'));
  const split = values.split ?? (pictures ? finalSplit : finalTextSplit);
  if (!data.splits.some(({ key }) => key === split))
    throw new EngineError(
      'recipe-invalid',
      `A known split is needed; known are ${data.splits.map(({ key, name }) => `${key} (${name})`).join(', ')}.`,
      usage,
    );
  const device = await openNodeDevice();
  const tasks = pictures ? questionTypes : textQuestionTypes;
  const examples = data.evaluation({ split, tasks, count });
  const bounds = sequenceBounds(model.tokenizer, examples);
  const answerer = new FrozenAnswerer(
    { device, data, cacheBudgets: usualBudgets, frozen: 'f32' },
    model,
    { usual: batchSize, together: examples.length },
    examples,
    bounds,
  );
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
  fail(error);
}
