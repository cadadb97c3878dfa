import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { askedOf } from '../../src/engine/data/asked-of.ts';
import { aboutBuiltIn, aboutOwnData } from '../../src/engine/data/own/about-own-data.ts';
import { readOwnData, type OwnData } from '../../src/engine/data/own/read-own-data.ts';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { askable } from '../../src/engine/inspect/asked.ts';
import type { OwnFile } from '../../src/engine/own-file.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { openSession } from '../../src/engine/session.ts';
import { refuseHeldOut } from '../../src/engine/train/training-set.ts';
import { decodePicture } from '../../src/node/decode-picture.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { doubts } from '../../src/panels/own-data/doubts.ts';
import { OwnDataReader } from '../../src/worker/own/own-data-reader.ts';
import { ownPictures } from '../own-pictures.ts';
import { ownQuestions } from '../own-questions.ts';
import { loaded } from './loaded.ts';

/** A person's questions of text alone: instruction data as people have them. */
const shape = { side: 16, filter: 'bilinear' } as const;

function chosen(files: Record<string, string | Uint8Array>): OwnFile[] {
  return Object.entries(files).map(([path, content]) => ({
    path,
    file: new Blob([content as Uint8Array<ArrayBuffer>]),
  }));
}

const read = (files: Record<string, string | Uint8Array>) =>
  readOwnData(chosen(files), decodePicture, undefined);
const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const asked = ({ questions }: OwnData) =>
  questions.map(({ question, answer }) => [question, answer]).toSorted(([a], [b]) => (a! < b! ? -1 : 1));
const sidesOf = ({ questions }: OwnData) =>
  Object.fromEntries(questions.map(({ question, side }) => [question, side]));

/** Rows whose questions and answers are `Q0?`, `A0`, … */
const rows = (count: number, row: (n: number) => object = (n) => ({ question: `Q${n}?`, answer: `A${n}` })) =>
  Array.from({ length: count }, (_, n) => row(n));

describe('a person’s own questions', () => {
  it('are the same as JSON lines, a JSON list or CSV, alone, in a folder or a zip, by the columns of Alpaca or TRL', async () => {
    const first = await read({ 'facts.jsonl': lines(...rows(30)) });
    expect(first.report.key).toMatch(/^facts@[0-9a-f]{12}$/);
    expect(first.report).toMatchObject({ bad: [], moved: [], unasked: 0 });
    expect(first.dataset.pictures).toBeUndefined();
    const trl = rows(30, (n) => ({ prompt: `Q${n}?`, completion: `A${n}` }));
    const alpaca = rows(30, (n) => ({ instruction: `Q${n}?`, input: '', output: `A${n}` }));
    const csv = ['question;answer', ...rows(30).map((_, n) => `Q${n}?;A${n}`)].join('\r\n');
    const zip = zipSync({ 'a/x.jsonl': new TextEncoder().encode(lines(...trl)) });
    const same: Record<string, string | Uint8Array>[] = [
      { 'trl.jsonl': lines(...trl.toReversed()) },
      { 'alpaca_data.json': JSON.stringify(alpaca, null, 2) },
      { 'mine/sheet.csv': `\uFEFF${csv}\r\n`, 'mine/README.md': '# Mine' },
      { 'all.zip': zip },
      { 'one.jsonl': lines(...trl.slice(0, 9)), 'two.json': JSON.stringify(alpaca.slice(9)) },
    ];
    for (const files of same) {
      const other = await read(files);
      expect(other.dataset.hash).toBe(first.dataset.hash);
      expect(other.dataset.evaluation({ split: 'held-out-text', tasks: [], count: 99 })).toEqual(
        first.dataset.evaluation({ split: 'held-out-text', tasks: [], count: 99 }),
      );
    }
    const more = await read({
      'a.jsonl': lines(
        { instruction: 'Name the animal.', input: 'dog, piano', output: 'Dog.' },
        { instruction: 'Name the animal.', input: 'cup, cat', output: 'Cat.', question: null },
        { question: 'Two or three?', answer: 3, prompt: [{ role: 'user' }] },
      ),
    });
    expect(asked(more)).toEqual([
      ['Name the animal.\ncup, cat', 'Cat.'],
      ['Name the animal.\ndog, piano', 'Dog.'],
      ['Two or three?', '3'],
    ]);
  });

  it('are set aside by the question: the same one, however it is written, is never on two sides', async () => {
    const { dataset, report, questions } = await read({ 'a.jsonl': lines(...rows(300)) });
    const { training, validation, 'held-out': heldOut } = report.sides;
    expect(training.pictures + validation.pictures + heldOut.pictures).toBe(0);
    expect(heldOut.questions).toBeGreaterThan(30);
    expect(validation.questions).toBeGreaterThan(10);
    // Whatever else is asked, a question stays where it is.
    const before = sidesOf(await read({ 'a.jsonl': lines(...rows(150)) }));
    const now = sidesOf({ questions } as OwnData);
    for (const [question, side] of Object.entries(before)) expect(now[question]).toBe(side);
    const trained = dataset.training({ tasks: [], styles: [], seed: 1, count: 999, views: 'plain' });
    expect(trained).toHaveLength(training.questions);
    expect(trained.every((example) => !('picture' in example))).toBe(true);
    const examined = dataset.evaluation({ split: 'held-out-text', tasks: [], count: 999 });
    const known = new Set(trained.map(dataset.promptKey));
    expect(examined.filter((example) => known.has(dataset.promptKey(example)))).toEqual([]);
    // Those of pictures ask nothing here.
    expect(dataset.evaluation({ split: 'held-out-style', tasks: [], count: 9 })).toEqual([]);
    expect(dataset.splits.map(({ name }) => name)).toEqual([
      'training questions',
      'validation questions',
      'held-out questions',
    ]);

    const twice = await read({
      'train.jsonl': lines(...rows(20), { question: 'Is it so?', answer: 'Yes.' }),
      'test.jsonl': lines({ question: ' is it  SO?', answer: 'No.' }, ...rows(3)),
    });
    expect(twice.report.bad.map(({ file, line, reason }) => `${file}:${line} ${reason}`)).toEqual([
      ...[1, 2, 3].map((n) => `train.jsonl:${n} A duplicate: line ${n + 1} of test.jsonl asks the same.`),
      'train.jsonl:21 A duplicate: line 1 of test.jsonl asks the same with another answer.',
    ]);
    expect(twice.report.sides).toMatchObject({
      training: { questions: 17 },
      'held-out': { questions: 4 },
    });
  });

  it('are on the side that their row, their file’s name or their folder asks for', async () => {
    const named = await read({
      'train-00000-of-00002.jsonl': lines(...rows(6)),
      'train_00001-of-00002.jsonl': lines({ question: 'More?', answer: 'Yes.' }),
      'dev.csv': 'question,answer\nDev?,Yes.',
      'set/test/part.json': JSON.stringify([{ question: 'Test?', answer: 'Yes.' }]),
      'testimony.jsonl': lines(
        { question: 'Row?', answer: 'Yes.', split: 'Test' },
        { question: 'What?', split: 'some' },
      ),
    });
    expect(sidesOf(named)).toMatchObject({
      'Q0?': 'training',
      'More?': 'training',
      'Dev?': 'validation',
      'Test?': 'held-out',
      'Row?': 'held-out',
    });
    expect(named.report.bad).toEqual([
      { file: 'testimony.jsonl', line: 2, reason: 'The split “some” is none of train, validation, test.' },
    ]);
    // With one part set aside, that is the one for the last word.
    const two = await read({
      'train.csv': 'prompt,completion\nA?,B',
      'validation.csv': 'prompt,completion\nC?,D',
    });
    expect(sidesOf(two)).toEqual({ 'A?': 'training', 'C?': 'held-out' });
    await expect(read({ 'test.jsonl': lines(...rows(5)) })).rejects.toMatchObject({
      message: 'No question is left to train on.',
      action: expect.stringContaining('not all of them set aside') as string,
    });
  });

  it('list every row that cannot be used by its line, and take the others', async () => {
    const { report, questions } = await read({
      'a.jsonl': [
        ...rows(10).map((row) => JSON.stringify(row)),
        '',
        '{"question": "Cut sh',
        '["What?"]',
        '{"answer": "Yes."}',
        '{"question": "Q1?", "answer": "A2"}',
        `{"question": "${'long '.repeat(250)}", "answer": "Yes."}`,
        `{"question": "Long?", "answer": "${'a'.repeat(501)}"}`,
        '{"prompt": [{"role": "user", "content": "What?"}], "completion": "Yes."}',
        '{"question": "Nobody knows?", "split": "test"}',
        '{"question": "Known?", "answer": "Yes.", "split": "test"}',
      ].join('\r\n'),
      'b.json': '[\n {"question": "Q10?",\n  "answer": "[1], {2}"},\n {"question": ""},\n 3\n]',
      'c.json': '{"question": "Q11?"}',
      'd.json': '[',
      'e.csv': 'name,answer\na,b',
      'f.csv': 'question,answer\nQ12?,Yes, no',
    });
    expect(questions).toHaveLength(12);
    expect(report.bad.map(({ file, line, reason }) => `${file}:${line} ${reason}`)).toEqual([
      'a.jsonl:12 The line is not JSON.',
      'a.jsonl:13 The row cannot be used: the file is of the wrong kind.',
      'a.jsonl:14 There is no question.',
      'a.jsonl:15 A duplicate: line 2 asks the same with another answer.',
      'a.jsonl:16 The question has 1,249 characters; at most 1000 fit into a batch.',
      'a.jsonl:17 The answer has 501 characters; at most 500 fit into a batch.',
      'a.jsonl:18 The row cannot be used: prompt is of the wrong kind.',
      'a.jsonl:19 It is set aside (held-out), where a question without an answer measures nothing.',
      'b.json:4 There is no question.',
      'b.json:5 The row cannot be used: the file is of the wrong kind.',
      'c.json:1 The file is not a list of rows.',
      'd.json:1 The file is not JSON.',
      'e.csv:1 The first line has no column “question”, “instruction”, or “prompt”.',
      'f.csv:2 The row has 3 fields, the header 2: put text with a comma into quotation marks.',
    ]);
  });

  it('are refused whole where there are none, or they are of the other kind', async () => {
    await expect(read({ 'notes.txt': 'What?' })).rejects.toMatchObject({
      code: 'file-missing',
      message: 'There is no file of rows (.jsonl, .csv or .json) among the files.',
    });
    await expect(read({ 'a.csv': 'name,age\nAnn,3', 'b.json': '{}' })).rejects.toMatchObject({
      code: 'data-invalid',
      message:
        'No row of the files can be used. a.csv, line 1: The first line has no column “question”, “instruction”, or “prompt”.',
      action: 'Name the columns question and answer.',
    });
    await expect(read({ 'a.jsonl': lines(...rows(5, (n) => ({ question: `Q${n}?` }))) })).rejects.toThrow(
      'nothing could be measured',
    );
    const { files } = await ownPictures(4);
    await expect(read(files)).rejects.toMatchObject({
      code: 'data-invalid',
      message: '“metadata.jsonl” asks about pictures (file_name), and the chosen pair reads none.',
      action: 'Choose a pair that reads pictures, then open them.',
    });
    // Where a row came from is no picture.
    const code = rows(5).map((row, n) => ({ ...row, file_name: `part-${n}.txt` }));
    expect((await read({ 'a.jsonl': lines(...code) })).questions).toHaveLength(5);
    const pictured = (text: Record<string, string>) => readOwnData(chosen(text), decodePicture, shape);
    const texts: Record<string, string>[] = [
      { 'train.jsonl': lines(...rows(5)) },
      { 'metadata.jsonl': lines(...rows(5)) },
      { 'metadata.csv': 'instruction,output\nWhat?,That.' },
      { 'alpaca.json': JSON.stringify(rows(5)) },
    ];
    for (const text of texts)
      await expect(pictured(text)).rejects.toMatchObject({
        code: 'data-invalid',
        message: expect.stringContaining('questions without pictures (no file_name)') as string,
        action: 'Choose a pair that reads none (“Text alone”), then open them.',
      });
    await expect(pictured({ 'labels.csv': 'file,label\na.png,dog' })).rejects.toThrow('no metadata.jsonl');
  });
});

describe('a pair that reads no pictures', () => {
  const context = loaded('text');
  const text = async () => chosen({ 'mine.jsonl': await ownQuestions(60, ['{"question": "Who is Ǆ🦄?"}']) });
  const nothing = () => undefined;
  const rate = { learningRate: 1e-3, finalLearningRate: 1e-3 };
  const stages = {
    align: { steps: 0, ...rate },
    distil: { steps: 2, ...rate },
    finetune: { steps: 0, ...rate },
  };

  it('takes a person’s questions in place of the built-in ones, and no pictures', async () => {
    const reader = new OwnDataReader(decodePicture);
    const files = await text();
    const seen = await reader.look(files, false, context.session, nothing);
    expect(seen.samples).toHaveLength(10);
    expect(seen.samples.every(({ pixels }) => pixels === undefined)).toBe(true);
    expect(seen.unspelled!.student.answers).toBe(0);
    expect(doubts(seen)[0]).toContain('held-out questions tell little');
    const { report } = seen;
    const open = (key: string, given: OwnFile[] | undefined) =>
      openSession(
        {
          source: folderSource('public'),
          device: context.device,
          data: (...models) => reader.open({ key, files: given }, ...models),
        },
        'text',
      );
    const own = await open(report.key, files);
    const usual = askedOf(recipeSchema.parse({ pair: 'text', arms: [], data: { batchSize: 4 } }), false);
    const recipe = aboutOwnData(usual, report);
    expect(recipe.data).toMatchObject({ own: report.key, examples: report.sides.training.questions });
    expect(recipe.evaluation.split).toBe('held-out-text');
    expect(aboutBuiltIn(recipe)).toEqual({ ...usual, arms: recipe.arms });
    expect(recipeFromLink(recipeToLink(recipe))).toEqual({ recipe, refused: [] });
    refuseHeldOut(own, recipe);
    expect(new Exam(own, recipe).counts().whole).toBe(report.sides['held-out'].questions);
    expect(new Rehearsal(own, recipe).gpuBytes).toBeGreaterThan(0);
    expect(askable(own, recipe)).toMatchObject({ pictures: [], concepts: undefined });

    await expect(open(report.key, undefined)).rejects.toMatchObject({
      message: `The questions “${report.key}” are not here: a person’s own data stay where they are.`,
      action: expect.stringContaining('“Your own questions”') as string,
    });
    const pictures = chosen((await ownPictures(8)).files);
    await expect(open('birds@0123456789ab', pictures)).rejects.toThrow('the chosen pair reads none');
    // Neither is what was just looked at for the other kind.
    await reader.look(pictures, true, context.session, nothing);
    await expect(open(report.key, pictures)).rejects.toThrow('the chosen pair reads none');
    const { data } = context.session;
    // A run about them is saved and goes on, also from what another visit has opened.
    const short = { ...recipe, stages: { ...recipe.stages, ...stages }, seeds: 1 };
    const first = new Trainer(own, short);
    for await (const event of first.run()) if (event.type === 'step' && event.step === 1) break;
    const state = await first.save();
    first.dispose();
    const rest = new Trainer(await open(report.key, files), short, state);
    const kinds = [];
    for await (const event of rest.run()) kinds.push(event.type);
    rest.dispose();
    expect(kinds.at(-1)).toBe('done');
    expect(() => refuseHeldOut({ data }, recipe)).toThrow(`The questions “${report.key}” are not here`);
    expect(() => refuseHeldOut(own, usual)).toThrow('about the built-in questions');
    const crossed = { ...recipe, evaluation: { ...recipe.evaluation, split: 'held-out-style' as const } };
    expect(() => refuseHeldOut(own, crossed)).toThrow('no answered questions about held-out pictures');
  });
});
