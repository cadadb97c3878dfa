import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { experiment } from '../../scripts/study/experiments.ts';
import { points, type Summary } from '../../scripts/study/summary.ts';
import { documents, withTables } from '../../scripts/study/tables.ts';
import { gapClosed } from '../../src/engine/evaluate/score.ts';
import { readCheckpointIndex } from '../../src/engine/models/checkpoints/checkpoint-index.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { loadData, loadTextData } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';

const source = folderSource('public');
const files = ['results', 'results/search'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('abuse'))
    .map((name) => path.join(folder, name)),
);
const index = await readCheckpointIndex(source);
const hashes = new Map<string, string>();
for (const { folder } of index.models.values())
  hashes.set(folder, (await loadCheckpoint(source, `checkpoints/${folder}`)).hash);
const dataHashes = [(await loadData(source)).hash, (await loadTextData(source)).hash];

interface Measured {
  dataHash: string;
  checkpoints: { teacher: string; student: string };
  recipe: unknown;
}

describe.each([...files, 'public/recorded/default.json'])('%s', (file) => {
  const measured = JSON.parse(readFileSync(file, 'utf8')) as Measured;
  const recipe = recipeSchema.parse(measured.recipe);

  it('was measured with the checkpoints and the data that are shipped', () => {
    const { teacher, student } = index.pairs.find(({ key }) => key === recipe.pair)!;
    expect(measured.checkpoints).toEqual({
      teacher: hashes.get(teacher.folder),
      student: hashes.get(student.folder),
    });
    expect(dataHashes).toContain(measured.dataHash);
  });

  it('is of the recipe that bears its name today', () => {
    const wanted = experiment(path.basename(file, '.json'))!.recipe;
    // What only says how often a person is shown something is no part of an experiment.
    expect(recipe).toEqual({
      ...wanted,
      evaluation: { ...wanted.evaluation, everySteps: recipe.evaluation.everySteps },
    });
  });
});

it.each(documents)('the tables of %s are what the files say (`npm run tables`)', async (document) => {
  const text = readFileSync(document, 'utf8');
  const options = { ...(await resolveConfig(document)), filepath: document };
  expect(await format(withTables(text), options)).toBe(text);
  expect(withTables(text)).toContain('<!-- end of results -->');
});

it('the sentences of README.md beside its tables say what the files say', () => {
  const text = readFileSync('README.md', 'utf8').replaceAll('\n', ' ');
  const read = (file: string) => JSON.parse(readFileSync(`results/${file}.json`, 'utf8')) as Summary;
  const mean = (file: string, key: string) => read(file).arms.find((arm) => arm.key === key)!.heldOut.mean;
  const closed = (file: string) =>
    gapClosed(mean(file, 'before'), mean(file, 'main'), mean(file, 'teacher'))!;
  const lead = (file: string, key: string) => Math.round(100 * (mean(file, 'main') - mean(file, key)));
  expect(text).toContain(
    `${Math.round(100 * closed('figure1'))} % of what the teacher knew better is closed`,
  );
  expect(text).toContain(`the teacher is worth ${lead('figure1', 'labels-alone')} points`);
  expect(text).toContain(`The medium pair closes ${Math.round(100 * closed('medium'))} % of the gap`);
  expect(text).toContain(`the student gets ${lead('text', 'before')} points better`);
  expect(lead('shuffled-teacher', 'before')).toBe(-13);
  expect(text).toContain('ends thirteen points _below_ the start');
  expect(text).toContain(`answers at ${points(mean('shuffled-teacher', 'good-teacher'))}`);
  const below = ['main', 'kl', 'kl-2', 'embeddings', 'sft'].map((key) =>
    Math.round(100 * (mean('search/length-400', key) - mean('search/encoder-trained', key))),
  );
  expect(text).toContain(`students end ${Math.min(...below)} to ${Math.max(...below)} points lower`);
  expect(readFileSync('src/panels/learn/training.tsx', 'utf8').replaceAll(/\s+/g, ' ')).toContain(
    `students end ${Math.min(...below)} to ${Math.max(...below)} points lower`,
  );
  const { arms: nano, questions } = read('nano-quick');
  const perSeed = (key: string) => nano.find((arm) => arm.key === key)!.perSeed;
  // Counted, as no difference of fractions is exact.
  const right = (key: string) => perSeed(key).map((share) => Math.round(questions * share));
  const gains = right('main').map((after, i) => (after - right('before')[i]!) / questions);
  const [least, most] = [Math.min(...gains), Math.max(...gains)].map(points);
  expect(text).toContain(`Every seed of the nano pair gains between ${least} and ${most} points`);
});
