import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeCheckpoint } from '../src/engine/models/checkpoints/write-checkpoint.ts';
import type { RunSummary, StepMetrics, TrainEvent } from '../src/engine/run/events.ts';
import { writeNumber } from '../src/engine/json-numbers.ts';
import { Trainer } from '../src/engine/experiment/trainer.ts';
import { differenceBand } from '../src/engine/evaluate/bands.ts';
import { EngineError, toFailure } from '../src/engine/errors.ts';
import { presets } from '../src/engine/recipe/presets.ts';
import { parseRecipe } from '../src/engine/recipe/schema.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import { studentCard } from '../src/engine/run/student-card.ts';
import { contentsOf, openSession } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from '../bench/count-option.ts';

/**
 * Distils without a browser: events as JSON lines on standard output, a table at the end on standard error; with `--save`,
 * the student as a checkpoint folder.
 */
const usage = 'npm run distill -- --recipe <preset or JSON file> [--seed n] [--json file] [--save folder]';

try {
  const { values } = parseArgs({
    options: {
      recipe: { type: 'string', default: 'default' },
      seed: { type: 'string' },
      json: { type: 'string' },
      save: { type: 'string' },
    },
  });
  const recipe = readRecipe(values.recipe, values.seed);
  const device = await openNodeDevice();
  const source = folderSource('public');
  const session = await openSession({ source, device }, recipe.pair);
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
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  if (values.save !== undefined) {
    const folder = `checkpoints/${session.pair.student.folder}`;
    const card = studentCard(session.pair, recipe, final, { command, commit });
    const files = await writeCheckpoint(source, folder, await trainer.studentWeights(), card);
    mkdirSync(values.save, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(path.join(values.save, name), bytes);
  }
  trainer.dispose();
  console.error(table(final));
  if (values.json !== undefined) {
    const result = {
      command,
      commit,
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
  const failure = toFailure(error);
  console.error(`${failure.message}\n${failure.action}`);
  if (failure.code === 'internal') console.error(error);
  process.exit(1);
}

function readRecipe(name: string, seed: string | undefined): Recipe {
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
  const result = parseRecipe(
    seed === undefined ? input : { ...(input as object), seed: countOption('seed', seed, 0) },
  );
  if (result.ok) return result.recipe;
  throw new EngineError(
    'recipe-invalid',
    `The recipe is not valid: ${result.issues.map(({ path, message }) => `${path} — ${message}`).join('; ')}.`,
    'Correct these fields and run again.',
  );
}

function table({ before, teacher, arms, split, questions, steps, trainSeconds }: RunSummary): string {
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
