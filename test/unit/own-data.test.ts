import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { aboutBuiltIn, aboutOwnData } from '../../src/engine/data/own/about-own-data.ts';
import { largest } from '../../src/engine/data/own/bounds.ts';
import { readOwnData, type OwnData } from '../../src/engine/data/own/read-own-data.ts';
import type { OwnFile } from '../../src/engine/own-file.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { defaultRecipe, parseRecipe } from '../../src/engine/recipe/schema.ts';
import { runName } from '../../src/engine/recipe/run-name.ts';
import { refuseHeldOut, trainingSet, unanswered } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { decodePicture } from '../../src/node/decode-picture.ts';
import { shippedTokenizer } from './data-fixtures.ts';

/** A person's pictures with questions, by the conventions of Hugging Face `imagefolder`. */
const shape = { side: 16, filter: 'bilinear' } as const;

/** A picture of one colour that no other number has. */
function png(n: number, width = 16, height = 16): Uint8Array {
  const data = new Uint8Array(width * height * 3).map((_, i) => [n % 256, n >> 8, 77][i % 3]!);
  return encode({ data, width, height, channels: 3, depth: 8 });
}

function chosen(files: Record<string, string | Uint8Array>): OwnFile[] {
  return Object.entries(files).map(([path, content]) => ({
    path,
    file: new Blob([content as Uint8Array<ArrayBuffer>]),
  }));
}

const read = (files: Record<string, string | Uint8Array>) => readOwnData(chosen(files), decodePicture, shape);

const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

/** A folder of `count` pictures, each with a question that has an answer. */
function folder(count: number, row: (n: number) => object = () => ({})): Record<string, string | Uint8Array> {
  const rows = Array.from({ length: count }, (_, n) => ({
    file_name: `${n}.png`,
    question: 'What is this?',
    answer: `Thing ${n}.`,
    ...row(n),
  }));
  return {
    ...Object.fromEntries(rows.map((_, n) => [`birds/${n}.png`, png(n)])),
    'birds/metadata.jsonl': lines(...rows),
  };
}

const asked = ({ questions }: OwnData) =>
  questions
    .map(({ question, answer, side }) => [question, answer, side])
    .toSorted(([a], [b]) => a!.localeCompare(b!));

describe('a person’s own data', () => {
  it('are the same in a folder, a zip or several files, as JSON lines or CSV, in any order', async () => {
    const files = folder(30);
    const first = await read(files);
    expect(first.report.key).toMatch(/^birds@[0-9a-f]{12}$/);
    expect(first.report).toMatchObject({ bad: [], moved: [], unasked: 0 });

    const zip = zipSync(Object.fromEntries(Object.entries(files).map(([p, c]) => [p, bytesOf(c)])));
    const zipped = await readOwnData(chosen({ 'my birds.zip': zip }), decodePicture, shape);
    expect(zipped.report.key).toBe(first.report.key.replace('birds', 'my birds'));

    const rows = Array.from({ length: 30 }, (_, n) => `bird-${n}.png,What is this?,Thing ${n}.`).toReversed();
    const csv = ['file_name,question,answer', ...rows].join('\r\n');
    const renamed = await read({
      ...Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`bird-${n}.png`, png(n)])),
      'metadata.csv': `\uFEFF${csv}\r\n`,
    });
    expect(renamed.dataset.hash).toBe(first.dataset.hash);
    expect(renamed.report.key).toMatch(/^pictures@/);
    expect(renamed.dataset.evaluation({ split: 'held-out-style', tasks: [], count: 99 })).toEqual(
      first.dataset.evaluation({ split: 'held-out-style', tasks: [], count: 99 }),
    );
    const other = await read({ ...files, 'birds/0.png': png(1000) });
    expect(other.dataset.hash).not.toBe(first.dataset.hash);
  });

  it('set pictures aside by their bytes, never by row', async () => {
    const rows = Array.from({ length: 200 }, (_, n) => ({
      file_name: `${n}.png`,
      question: `Question ${n}?`,
      answer: 'Yes.',
    }));
    // Four files of every picture, each with a question of its own.
    const { report, questions, dataset } = await read({
      ...Object.fromEntries(rows.map((_, n) => [`${n}.png`, png(n % 50)])),
      'metadata.jsonl': lines(...rows),
    });
    const sideOf = new Map<string, string>();
    for (const { hash, side } of questions) {
      expect(sideOf.get(hash) ?? side).toBe(side);
      sideOf.set(hash, side);
    }
    expect(sideOf.size).toBe(50);
    expect(report.sides['held-out'].questions).toBe(4 * report.sides['held-out'].pictures);
    expect(report.sides['held-out'].pictures).toBeGreaterThan(3);
    expect(report.sides.validation.pictures).toBeGreaterThan(0);
    const trained = new Set(
      dataset
        .training({ tasks: [], styles: [], seed: 1, count: 999, views: 'plain' })
        .map(({ picture }) => picture),
    );
    for (const { picture } of dataset.evaluation({ split: 'held-out-style', tasks: [], count: 999 }))
      expect(trained).not.toContain(picture);
    expect(trained.size).toBe(report.sides.training.pictures);
  });

  it('keep the sides that rows ask for, and a picture asked about on two is on the stricter one', async () => {
    const files = folder(8, (n) => ({
      split: ['train', 'train', 'Train', 'validation', 'test'][n] ?? 'train',
    }));
    // The picture of the test once more, for training: as a row, and as a file of another name.
    const leaked = {
      ...files,
      'birds/copy.png': png(4),
      'birds/metadata.jsonl': `${files['birds/metadata.jsonl'] as string}\n${lines(
        { file_name: '4.png', question: 'Which colour?', answer: 'Blue.', split: 'train' },
        { file_name: 'copy.png', question: 'How many?', answer: 'One.', split: 'train' },
        { file_name: '4.png', question: 'Where?', split: 'train' },
        { file_name: '5.png', question: 'Where?', split: 'some' },
      )}`,
    };
    const { report, questions } = await read(leaked);
    expect(report.sides).toMatchObject({
      training: { pictures: 6, questions: 6 },
      validation: { pictures: 1, questions: 1 },
      'held-out': { pictures: 1, questions: 3, answered: 3 },
    });
    const reason = 'Moved from training to held-out: line 5 has the same picture there.';
    expect(report.moved).toEqual([
      { file: 'birds/metadata.jsonl', line: 9, reason },
      { file: 'birds/metadata.jsonl', line: 10, reason },
      { file: 'birds/metadata.jsonl', line: 11, reason },
    ]);
    expect(report.bad.map(({ line, reason: why }) => `${line} ${why}`)).toEqual([
      '11 Its picture is set aside (held-out), where a question without an answer measures nothing.',
      '12 The split “some” is none of train, validation, test.',
    ]);
    expect(questions.find(({ side }) => side === 'validation')!.answer).toBe('Thing 3.');
  });

  it('take folders for splits, and the only part set aside for the last word', async () => {
    const table = (answer: string) => lines({ file_name: 'a/x.png', question: 'What?', answer });
    const { report, questions } = await read({
      'set/train/a/x.png': png(1),
      'set/train/metadata.jsonl': table('One.'),
      'set/validation/a/x.png': png(2),
      'set/validation/metadata.jsonl': table('Two.'),
    });
    expect(report.sides).toMatchObject({ training: { questions: 1 }, 'held-out': { questions: 1 } });
    expect(questions.find(({ side }) => side === 'held-out')!.answer).toBe('Two.');
    // “train” alone says nothing of what to measure by.
    const alone = await read(folder(4, () => ({ split: 'train' })));
    expect(alone.report.sides['held-out'].questions).toBeGreaterThan(0);
    expect(alone.report.moved).toEqual([]);
  });

  it('list every row that cannot be used by its line, and take the others', async () => {
    const good = Array.from({ length: 10 }, (_, n) =>
      JSON.stringify({ file_name: `${n}.png`, question: 'What is this?', answer: n }),
    );
    const cut = png(3, 40, 40).slice(0, 90);
    const { report, questions } = await read({
      ...Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n}.png`, png(n)])),
      'cut.png': cut,
      'again-cut.png': cut,
      'notes.png': 'no picture at all',
      'empty.png': '',
      'drawing.png': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      'lonely.webp': png(70),
      '.DS_Store': 'litter',
      'metadata.jsonl': [
        ...good,
        '',
        '{"file_name": "1.png", "question": "Cut sh',
        '[1, 2]',
        '{"file_name": "1.png"}',
        '{"question": "What?"}',
        '{"file_name": "none.png", "question": "What?"}',
        '{"file_name": "../../etc/passwd", "question": "What?"}',
        '{"file_name": "cut.png", "question": "What?"}',
        '{"file_name": "again-cut.png", "question": "What?"}',
        '{"file_name": "notes.png", "question": "What?"}',
        '{"file_name": "empty.png", "question": "What?"}',
        '{"file_name": "drawing.png", "question": "What?"}',
        '{"file_name": "1.png", "question": "What is this?", "answer": "2"}',
        `{"file_name": "1.png", "question": "Long?", "answer": "${'a'.repeat(501)}"}`,
        `{"file_name": "1.png", "question": "Kind?", "answer": {"a": 1}}`,
      ].join('\r\n'),
    });
    expect(questions).toHaveLength(10);
    expect(report.unasked).toBe(1);
    expect(report.bad.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '12 The line is not JSON.',
      '13 The row cannot be used: the file is of the wrong kind.',
      '14 There is no question.',
      '15 There is no file_name.',
      '16 The picture “none.png” is not among the files.',
      '17 “../../etc/passwd” leads out of the folder.',
      '18 “cut.png” is damaged or cut short.',
      '19 “again-cut.png” is damaged or cut short.',
      '20 “notes.png” is not a picture.',
      '21 “empty.png” is empty.',
      '22 “drawing.png” is a SVG picture; PNG, JPEG and WebP can be read.',
      '23 A duplicate: line 2 asks the same about the same picture with another answer.',
      '24 The answer has 501 characters; at most 500 fit into a batch.',
      '25 The row cannot be used: answer is of the wrong kind.',
    ]);
  });

  it('read CSV as spreadsheets write it', async () => {
    const files = {
      'Vögel/Fotos/großer Spatz.png': png(1),
      // A Mac takes letters apart in names.
      ['Vögel/Fotos/Wiedehöpfe.png'.normalize('NFD')]: png(2),
      'Vögel/c.png': png(3),
    };
    const { report, ...data } = await read({
      ...files,
      'Vögel/metadata.csv':
        '\uFEFFanswer;file_name;question;ID\r\n' +
        '"Ein Spatz, ""groß""; braun";Fotos\\großer Spatz.png;"Was ist\r\ndas?";1\r\n' +
        '\r\n' +
        ';./Fotos/Wiedehöpfe.png;Was?;2\r\n' +
        'Drei;c.png;Wie viele?;3;zu viel\r\n' +
        '"Drei;c.png;Wie viele?;4\r\n',
    });
    expect(asked(data as OwnData)).toEqual([
      ['Was ist\r\ndas?', 'Ein Spatz, "groß"; braun', 'held-out'],
      ['Was?', undefined, 'training'],
    ]);
    expect(report.bad).toEqual([
      {
        file: 'Vögel/metadata.csv',
        line: 6,
        reason: 'The row has 5 fields, the header 4: put text with a comma into quotation marks.',
      },
      {
        file: 'Vögel/metadata.csv',
        line: 7,
        reason: 'A quotation mark is not closed, or text follows one.',
      },
    ]);
  });

  it('are refused whole where there is nothing to begin with, or too much', async () => {
    await expect(read({ 'a.png': png(1) })).rejects.toMatchObject({ code: 'file-missing' });
    await expect(read({ 'a.png': png(1), 'metadata.csv': 'name,answer\na.png,b' })).rejects.toThrow(
      'has no column “file_name”',
    );
    await expect(read({ ...folder(2), 'birds/metadata.csv': 'file_name,question' })).rejects.toThrow(
      'has a metadata.jsonl and a metadata.csv',
    );
    await expect(read({ 'metadata.csv': new Uint8Array([0xff, 0xfe, 0x41, 0]) })).rejects.toThrow('UTF-8');
    await expect(read(folder(4, () => ({ answer: null })))).rejects.toThrow('nothing could be measured');
    await expect(read(folder(1))).rejects.toThrow('No question is left to train on.');
    await expect(
      read({ ...folder(3), 'birds/0.png': '', 'birds/1.png': '', 'birds/2.png': '' }),
    ).rejects.toThrow('3 rows were not taken; line 1: “birds/0.png” is empty.');
    await expect(readOwnData(chosen({ 'a.zip': 'no zip' }), decodePicture, shape)).rejects.toMatchObject({
      code: 'file-corrupt',
    });
    // Small as a file, large when it is unpacked: not unpacked at all.
    const bomb = saying(zipSync({ 'a.png': png(1), 'b.png': png(2) }), 6e8);
    await expect(readOwnData(chosen({ 'bomb.zip': bomb }), decodePicture, shape)).rejects.toThrow(
      'unpacks to 1,200 MB; at most 1,000 MB',
    );
    // One that says less than it holds gives no more than it says.
    const liar = saying(
      zipSync({ 'a.png': png(1), 'metadata.csv': bytesOf(`file_name,question,answer\n${'x'.repeat(1e6)}`) }),
      40,
    );
    await expect(readOwnData(chosen({ 'liar.zip': liar }), decodePicture, shape)).rejects.toMatchObject({
      code: 'data-invalid',
    });
    const many = Object.fromEntries(
      Array.from({ length: largest.files + 1 }, (_, n) => [`${n}.png`, new Uint8Array()]),
    );
    await expect(readOwnData(chosen({ 'many.zip': zipSync(many) }), decodePicture, shape)).rejects.toThrow(
      '20,001 files',
    );
    await expect(
      readOwnData(chosen(folder(3)), decodePicture, { ...shape, side: 20_000 }),
    ).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringContaining('1,200 MB each') as string,
    });
  });

  it('keep names of a zip that lead outside from meaning anything', async () => {
    const zip = zipSync({
      '../outside.png': png(1),
      '/a.png': png(2),
      'b.png': png(3),
      'metadata.csv': new TextEncoder().encode(
        'file_name,question,answer\n../outside.png,What?,One\na.png,What?,Two\nb.png,What?,Three',
      ),
    });
    const { report, questions } = await readOwnData(chosen({ 'a.zip': zip }), decodePicture, shape);
    expect(report.bad.map(({ reason }) => reason)).toEqual(['“../outside.png” leads out of the folder.']);
    expect(questions).toHaveLength(2);
  });

  it('make every picture square, the way up that its camera noted, whatever format it has', async () => {
    const stripes = new Uint8Array(40 * 20 * 3).map((_, i) => (i % 120 < 60 ? 255 : 0));
    const wide = sharp(stripes, { raw: { width: 40, height: 20, channels: 3 } });
    const [asPng, turned, webp] = await Promise.all([
      wide.clone().png().toBuffer(),
      // Lies on its side in the file.
      wide.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer(),
      wide.clone().webp({ lossless: true }).toBuffer(),
    ]);
    const { dataset, questions } = await read({
      'a.png': asPng,
      'b.jpg': turned,
      'c.webp': webp,
      'metadata.csv': 'file_name,question,answer\na.png,a?,A\nb.jpg,b?,B\nc.webp,c?,C',
    });
    const pixel = (question: string, x: number, y: number) => {
      const { hash } = questions.find((entry) => entry.question === question)!;
      return dataset.pictures!.pixels(hash)[(y * 16 + x) * 3]!;
    };
    for (const question of ['a?', 'c?']) {
      expect([pixel(question, 2, 8), pixel(question, 13, 8)]).toEqual([1, 0]);
      // White above and below.
      expect([pixel(question, 13, 3), pixel(question, 13, 12)]).toEqual([1, 1]);
    }
    expect(pixel('b?', 8, 2)).toBeGreaterThan(0.95);
    expect(pixel('b?', 8, 13)).toBeLessThan(0.05);
    expect(pixel('b?', 1, 13)).toBe(1);
  });
});

describe('a recipe about a person’s data', () => {
  const half = () =>
    read(folder(40, (n) => ({ split: n < 8 ? 'test' : 'train', ...(n >= 20 && { answer: '' }) })));

  it('names them in links and in the run’s name, and is otherwise as it was', async () => {
    const { report } = await half();
    const recipe = aboutOwnData(defaultRecipe, report);
    expect(recipe.data).toEqual({ ...defaultRecipe.data, own: report.key, examples: 32, labelled: 12 });
    expect(recipe.arms).toEqual(defaultRecipe.arms);
    expect(recipeFromLink(recipeToLink(recipe))).toEqual({ recipe, refused: [] });
    expect(recipeToLink(recipe)).toContain('data.own=birds%40');
    expect(runName(recipe).short).toContain('birds');
    expect(recipeToLink(defaultRecipe)).toBe('');
    expect(aboutBuiltIn(recipe)).toEqual(defaultRecipe);
    expect(parseRecipe({ data: { own: 'birds' } })).toMatchObject({ ok: false });
    expect(recipeFromLink('data.own=birds').refused).toHaveLength(1);
  });

  it('leaves out the arms that would be another one’s twin where every question has its answer', async () => {
    const { report } = await read(folder(40));
    const recipe = aboutOwnData(defaultRecipe, report);
    expect(recipe.data.labelled).toBe(0);
    expect(recipe.arms).toHaveLength(1);
    expect(parseRecipe(recipe)).toMatchObject({ ok: true });
  });

  it('leaves out who would learn true answers alone where there are none', async () => {
    const { report } = await read(
      folder(40, (n) => ({ split: n < 8 ? 'test' : 'train', ...(n >= 8 && { answer: '' }) })),
    );
    const recipe = aboutOwnData(defaultRecipe, report);
    expect(recipe.arms.map(({ key }) => key)).toEqual(['sft']);
    expect(recipe.data).toMatchObject({ labelled: 1, unlabelled: 'teacher-answers' });
    expect(parseRecipe(recipe)).toMatchObject({ ok: true });
  });

  it('has the teacher answer what nobody has answered, and nothing else unless it is asked to', async () => {
    const { dataset, report } = await half();
    const tokenizers = {
      teacher: { tokenizer: shippedTokenizer('nano-teacher', 'llava') },
      student: { tokenizer: shippedTokenizer('nano-student', 'idefics3') },
    };
    const recipe = aboutOwnData(defaultRecipe, report);
    for (const labelled of [0, 12, 5]) {
      const changed = { ...recipe, data: { ...recipe.data, labelled } };
      const arms = armsOf(changed);
      const examples = dataset.training({ tasks: [], styles: [], seed: 1, count: 99, views: 'plain' });
      expect(examples).toHaveLength(32);
      const open = unanswered(dataset, examples, arms);
      const known = labelled === 5 ? 5 : 12;
      expect(open).toHaveLength(32 - known);
      const answers = new Map(open.map((example) => [dataset.promptKey(example), 'Said.']));
      const session = { data: dataset, ...tokenizers } as unknown as Parameters<typeof trainingSet>[0];
      const set = trainingSet(session, examples, arms, answers);
      const learned = set.forArm(arms[0]!.recipe).examples.map(({ answer }) => answer);
      expect(learned.slice(0, known).every((answer) => /^Thing \d+\.$/.test(answer))).toBe(true);
      expect(new Set(learned.slice(known))).toEqual(new Set(['Said.']));
      const alone = arms.find(({ recipe: own }) => own.data.unlabelled === 'ignored')!;
      expect(set.forArm(alone.recipe).count).toBe(known);
    }
  });

  it('is refused with other data, with none, and where they have not what it asks for', async () => {
    const { dataset: data, report } = await half();
    const recipe = aboutOwnData(defaultRecipe, report);
    refuseHeldOut({ data }, recipe);
    const renamed = { ...recipe, data: { ...recipe.data, own: recipe.data.own!.replace('birds', 'vögel') } };
    refuseHeldOut({ data }, renamed);
    const other = { ...recipe, data: { ...recipe.data, own: 'birds@0123456789ab' } };
    expect(() => refuseHeldOut({ data }, other)).toThrow('“birds@0123456789ab” are not here');
    expect(() => refuseHeldOut({ data }, defaultRecipe)).toThrow('about the built-in pictures');
    const validating = {
      ...recipe,
      evaluation: { ...recipe.evaluation, split: 'validation-style' as const },
    };
    expect(() => refuseHeldOut({ data }, validating)).toThrow(
      'no answered questions about validation pictures',
    );
  });

  it('may see every picture in a view of its own', async () => {
    const { dataset } = await half();
    const options = { tasks: [], styles: [], seed: 3, count: 4 };
    const plain = dataset.training({ ...options, views: 'plain' });
    const viewed = dataset.training({ ...options, views: 'augmented' });
    viewed.forEach(({ picture, question }, i) => {
      expect(question).toBe(plain[i]!.question);
      expect(picture!.startsWith(`${plain[i]!.picture}~`)).toBe(true);
      expect(dataset.pictures!.pixels(picture!)).not.toEqual(dataset.pictures!.pixels(plain[i]!.picture!));
      expect(dataset.pictures!.pixels(picture!)).toEqual(dataset.pictures!.pixels(picture!));
    });
    // Other seeds, another order; a longer list begins with the shorter one.
    expect(dataset.training({ ...options, count: 9, views: 'plain' }).slice(0, 4)).toEqual(plain);
    expect(dataset.training({ ...options, seed: 4, views: 'plain' })).not.toEqual(plain);
  });
});

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** A zip whose directory declares for every file that it unpacks to so many bytes. */
function saying(zip: Uint8Array, bytes: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  for (let at = 0; at + 46 < zip.length; at++)
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, bytes, true);
  return zip;
}
