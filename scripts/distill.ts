import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { askedOf } from '../src/engine/data/asked-of.ts';
import { aboutOwnData } from '../src/engine/data/own/about-own-data.ts';
import { pictureShapeFor } from '../src/engine/data/own/picture-shape.ts';
import { readOwnData, type OwnData } from '../src/engine/data/own/read-own-data.ts';
import type { RunSummary, StepMetrics, TrainEvent } from '../src/engine/run/events.ts';
import { writeNumber } from '../src/engine/json-numbers.ts';
import { readState } from '../src/engine/experiment/restore.ts';
import { torchRun } from '../src/engine/export/torch-run.ts';
import { studentFiles } from '../src/engine/export/student-files.ts';
import { Trainer } from '../src/engine/experiment/trainer.ts';
import { differenceBand } from '../src/engine/evaluate/bands.ts';
import { EngineError } from '../src/engine/errors.ts';
import { presets } from '../src/engine/recipe/presets.ts';
import { parseRecipe } from '../src/engine/recipe/schema.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import { splitName } from '../src/engine/recipe/splits.ts';
import type { SavedState } from '../src/engine/run/saved-state.ts';
import {
  contentsOf,
  openSession,
  type DataReader,
  type LoadedModel,
  type TrainSession,
} from '../src/engine/session.ts';
import { decodePicture } from '../src/node/decode-picture.ts';
import { filesFrom } from '../src/node/files-from.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from '../bench/count-option.ts';
import { commit } from '../bench/report.ts';
import { fail } from './fail.ts';

/**
 * Distils without a browser: events as JSON lines on standard output, a table at the end on standard error; with `--save`,
 * the student as a checkpoint folder, with LoRA's adapters by themselves in it. `--pair` trains another pair than the recipe's. `--data` takes a person's
 * pictures with questions, or questions of text alone for a pair that reads no pictures, as the page does. With `--export-torch`, the run goes no further than `--after` updates and is written for pytorch/distil.py.
 */
const usage =
  'npm run distill -- --recipe <preset or JSON file> [--pair key] [--data folder, zip or file] [--seed n] [--json file] [--save folder] [--export-torch folder [--after n]]';

try {
  const { values } = parseArgs({
    options: {
      recipe: { type: 'string', default: 'default' },
      pair: { type: 'string' },
      data: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'string' },
      save: { type: 'string' },
      'export-torch': { type: 'string' },
      after: { type: 'string', default: '0' },
    },
  });
  const asked = readRecipe(values.recipe, values);
  const device = await openNodeDevice();
  const source = folderSource('public');
  const { data: place } = values;
  let own: OwnData | undefined;
  const data: DataReader | undefined =
    place === undefined ? undefined : async (models) => (own = await readData(place, models)).dataset;
  const session = await openSession({ source, device, data }, asked.pair);
  // A recipe that names its data is taken as it is.
  const named = asked.data.own !== undefined;
  const fitted = named ? asked : askedOf(asked, session.data.pictures !== undefined);
  const recipe = own === undefined || named ? fitted : aboutOwnData(fitted, own.report);
  const torchFolder = values['export-torch'];
  if (torchFolder !== undefined) {
    const state = await stateAfter(session, recipe, countOption('after', values.after, 0));
    writeFolder(torchFolder, await torchRun(session, recipe, state));
    console.error(`python3 pytorch/distil.py --run ${path.join(torchFolder, 'run.json')} --out my-student`);
    process.exit(0);
  }
  const trainer = new Trainer(session, recipe);
  const losses: StepMetrics[] = [];
  const evaluations: TrainEvent[] = [];
  let final: RunSummary | undefined;
  for await (const event of trainer.run()) {
    if (event.type === 'step') continue;
    // Pictures are for people.
    console.log(
      JSON.stringify(event, (key, value) => (key === 'picture' ? undefined : writeNumber(key, value))),
    );
    if (event.type === 'metrics') losses.push(...event.steps);
    if (event.type === 'evaluation') evaluations.push(event);
    if (event.type === 'done') final = event.final;
  }
  if (final === undefined) throw new Error('the run ended without a summary');
  const command = `npm run distill -- ${process.argv.slice(2).join(' ')}`;
  if (values.save !== undefined) {
    const files = await studentFiles(trainer, session, recipe, final, { command, commit: commit() });
    writeFolder(values.save, files);
  }
  trainer.dispose();
  console.error(
    table(final, recipe.data.own === undefined ? final.split : splitName(final.split, recipe.data)),
  );
  if (values.json !== undefined) {
    const result = {
      command,
      commit: commit(),
      date: new Date().toISOString().slice(0, 10),
      adapter: device.report.adapter,
      seed: recipe.seed,
      ...contentsOf(session),
      recipe,
      losses,
      evaluations,
      final,
    };
    writeFileSync(values.json, `${JSON.stringify(result, writeNumber, 1)}\n`);
  }
  process.exit(0);
} catch (error) {
  fail(error);
}

/** A person's data as these models need them; tells what of them was not taken. */
async function readData(place: string, models: readonly LoadedModel[]): Promise<OwnData> {
  const data = await readOwnData(await filesFrom(place), decodePicture, pictureShapeFor(models));
  for (const { file, line, reason } of [...data.report.bad, ...data.report.moved])
    console.error(`${file}:${line}: ${reason}`);
  return data;
}

/** The state of a run after so many updates; undefined before the first. */
async function stateAfter(
  session: TrainSession,
  recipe: Recipe,
  updates: number,
): Promise<SavedState | undefined> {
  if (updates === 0) return undefined;
  const trainer = new Trainer(session, recipe);
  try {
    for await (const event of trainer.run())
      if (event.type === 'step' && event.step === updates)
        return readState(await trainer.save(), session, recipe);
  } finally {
    trainer.dispose();
  }
  throw new EngineError(
    'recipe-invalid',
    `The run is over before ${updates} updates.`,
    'Give --after fewer updates than the recipe has steps.',
  );
}

function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, bytes] of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

function readRecipe(name: string, { pair, seed }: { pair?: string; seed?: string }): Recipe {
  const preset = presets.find(({ key }) => key === name);
  let input: unknown = preset?.recipe;
  if (input === undefined) {
    try {
      input = JSON.parse(readFileSync(name, 'utf8'));
    } catch (error) {
      throw new EngineError(
        'recipe-invalid',
        `“${name}” is neither a preset nor a readable JSON file.`,
        `Use one of ${presets.map(({ key }) => key).join(', ')}, or a file. Usage: ${usage}`,
        { cause: error },
      );
    }
  }
  const result = parseRecipe({
    ...(input as object),
    ...(pair !== undefined && { pair }),
    ...(seed !== undefined && { seed: countOption('seed', seed, 0) }),
  });
  if (result.ok) return result.recipe;
  throw new EngineError(
    'recipe-invalid',
    `The recipe is not valid: ${result.issues.map(({ path, message }) => `${path} — ${message}`).join('; ')}.`,
    'Correct these fields and run again.',
  );
}

function table({ before, teacher, arms, questions, steps, trainSeconds }: RunSummary, split: string): string {
  const columns = [
    { label: 'before', score: before },
    ...arms.map(({ label, after }) => ({ label, score: after })),
    { label: 'teacher', score: teacher },
  ];
  const percent = (value: number | undefined) =>
    value === undefined ? '—' : `${(value * 100).toFixed(1)} %`;
  const row = (name: string, cells: string[]) =>
    [
      name.padEnd(14),
      ...cells.map((cell, i) => cell.padStart(Math.max(10, columns[i]!.label.length + 2))),
    ].join('');
  const gains = arms.slice(1).map(({ label, after }) => {
    const { mean, low, high } = differenceBand(arms[0]!.after.right, after.right);
    const points = (value: number) => (value * 100).toFixed(1);
    return `${arms[0]!.label} − ${label}: ${points(mean)} points (95 % of resampled questions: ${points(low)} to ${points(high)})`;
  });
  return [
    `Exact match on the ${split}, ${questions} questions, ${steps} steps in ${trainSeconds.toFixed(0)} s of training`,
    row(
      'question',
      columns.map(({ label }) => label),
    ),
    row(
      'all',
      columns.map(({ score }) => percent(score.exactMatch)),
    ),
    ...Object.keys(before.byType).map((type) =>
      row(
        type,
        columns.map(({ score }) => percent(score.byType[type]?.exactMatch)),
      ),
    ),
    ...gains,
  ].join('\n');
}
