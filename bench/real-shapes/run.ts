import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { studentFiles } from '../../src/engine/export/student-files.ts';
import { ownPair } from '../../src/engine/models/checkpoints/own-pair.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import { openSession } from '../../src/engine/session.ts';
import { filesFrom } from '../../src/node/files-from.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';
import { OwnModels } from '../../src/worker/own/own-models.ts';
import { countOption } from '../count-option.ts';
import { report } from '../report.ts';
import { realShapes, writeRealShape } from './folder.ts';

/**
 * A run on models of real sizes with random weights, brought as a person's own folders are: a student like SmolVLM-256M with LoRA, a teacher like
 * SmolVLM2-500M. What is forecast is compared with what is taken. `npm run bench:shapes -- [--layers percent] [--updates n] [--json file]`.
 */
const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '100' },
    updates: { type: 'string', default: '20' },
    json: { type: 'string' },
  },
});
const percent = countOption('layers', values.layers);
const updates = countOption('updates', values.updates);
const folder = 'build/real-shapes';
const parameters: Record<string, number> = {};
const seconds = <T>(work: () => Promise<T>) => {
  const began = performance.now();
  return work().then((result) => ({ result, seconds: rounded((performance.now() - began) / 1000) }));
};

const device = await openNodeDevice();
const own = new OwnModels();
const bring = async (role: keyof typeof realShapes) => {
  const shape = realShapes[role];
  const place = path.join(folder, shape.name);
  parameters[role] = writeRealShape(place, shape, percent / 100);
  return own.bring(await filesFrom(place), () => {});
};
const pair = ownPair(await bring('teacher'), await bring('student'));
const loading = await seconds(() =>
  openSession({ source: folderSource('public'), device, own: own.byName }, pair.key),
);
const session = loading.result;
const recipe = recipeSchema.parse({
  pair: pair.key,
  arms: [],
  data: { tasks: ['name'], examples: 16, labelled: 0, batchSize: 2 },
  student: { visionEncoder: 'frozen', lora: {} },
  stages: {
    align: { steps: 2 },
    distil: { steps: updates, learningRate: 3e-3, finalLearningRate: 3e-4 },
    finetune: { steps: 1 },
  },
  logEverySteps: 1,
  evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
});
const forecast = new Rehearsal(session, recipe);
const trainer = new Trainer(session, recipe);
const losses: number[] = [];
let most = 0;
let pace = 0;
let final: RunSummary | undefined;
for await (const event of trainer.run()) {
  if (event.type === 'status') console.error(event.message);
  if (event.type === 'metrics') {
    most = Math.max(most, event.gpuBytes);
    for (const { stage, losses: told } of event.steps)
      if (stage === 'distil') {
        losses.push(rounded(told.total));
        pace = event.stepsPerSecond;
        console.error(`${losses.length}: ${losses.at(-1)}`);
      }
  }
  if (event.type === 'done') final = event.final;
}
const saving = await seconds(() =>
  studentFiles(trainer, session, recipe, final!, { command: 'npm run bench:shapes' }),
);
const sizeOf = (begins: string) =>
  [...saving.result].reduce(
    (sum, [name, bytes]) => sum + (name.startsWith(begins) ? bytes.byteLength : 0),
    0,
  );
trainer.dispose();
rmSync(folder, { recursive: true });

report(
  `npm run bench:shapes -- ${process.argv.slice(2).join(' ')}`,
  {
    adapter: device.report.adapter,
    layersPercent: percent,
    parameters,
    loadSeconds: loading.seconds,
    gpuBytes: { forecast: forecast.gpuBytes, taken: most, ratio: rounded(most / forecast.gpuBytes) },
    losses,
    stepsPerSecond: rounded(pace),
    answered: final!.questions,
    export: {
      seconds: saving.seconds,
      files: saving.result.size,
      bytes: sizeOf(''),
      adapterBytes: sizeOf('adapter/'),
    },
    hostBytes: process.resourceUsage().maxRSS * 1024,
  },
  values.json,
);
process.exit(0);

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
