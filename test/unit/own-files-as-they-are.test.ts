import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readOwnData } from '../../src/engine/data/own/read-own-data.ts';
import { askedSide, sidesOf, type HashedRow } from '../../src/engine/data/own/sides.ts';
import { isExactMatch } from '../../src/engine/evaluate/score.ts';
import { unknownWords } from '../../src/engine/inspect/asked.ts';
import { entriesOf } from '../../src/engine/own-file.ts';
import { shippedTokenizer } from './data-fixtures.ts';

/** People's files as their programs write them. */
const read = (path: string, content: string) =>
  readOwnData(
    [{ path, file: new Blob([content]) }],
    () => Promise.reject(new Error('no picture')),
    undefined,
  );
const questions = async (path: string, content: string) =>
  (await read(path, content)).questions
    .map(({ question, answer }) => [question, answer])
    .toSorted(([a], [b]) => (a! < b! ? -1 : 1));

describe('a table', () => {
  const eight = Array.from({ length: 8 }, (_, n) => [`Q${n}?`, `A${n}`]);

  it.each([',', ';', '\t'])(
    'of two columns apart by “%s” is read, however short and with a blank line',
    async (mark) => {
      const text = [['question', 'answer'], ...eight].map((row) => row.join(mark)).join('\n');
      expect(await questions('a.csv', `${text}\n`)).toEqual(eight);
      expect(await questions('a.csv', text.replace('\n', '\n\n'))).toEqual(eight);
    },
  );

  it('may have any mark in its rows', async () => {
    const text = 'question,answer\nWhat is a; b; c?,yes\nWhat is d; e; f?,no\n';
    expect(await questions('a.csv', text)).toEqual([
      ['What is a; b; c?', 'yes'],
      ['What is d; e; f?', 'no'],
    ]);
  });

  it('is one object a line also where its file is called .json', async () => {
    const text = eight.map(([question, answer]) => JSON.stringify({ question, answer })).join('\n');
    expect(await questions('a.json', text)).toEqual(eight);
    await expect(read('a.json', '{"question": ')).rejects.toThrow(/not JSON|No question|no question/);
  });

  it('that changed since it was chosen is said to have', async () => {
    const file = new Blob(['question,answer\n']);
    file.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError'));
    const reading = readOwnData([{ path: 'a.csv', file }], () => Promise.reject(new Error()), undefined);
    await expect(reading).rejects.toMatchObject({
      code: 'file-missing',
      message: '“a.csv” can no longer be read: it was changed or moved since it was chosen.',
    });
  });
});

describe('the side of a row', () => {
  const row = (more: Partial<HashedRow>): HashedRow => ({
    file: 'metadata.jsonl',
    line: 1,
    picture: undefined,
    split: undefined,
    question: '?',
    answer: 'yes',
    hash: 'ff',
    ...more,
  });

  it('is that of the innermost folder, and of its table’s where its picture lies elsewhere', () => {
    const side = (picture: string | undefined, file: string) => askedSide(row({ picture, file }));
    expect(side('training/test/1.png', 'training/test/metadata.jsonl')).toBe('held-out');
    expect(side('test/train/1.png', 'test/metadata.jsonl')).toBe('training');
    expect(side('images/1.png', 'test/metadata.jsonl')).toBe('held-out');
    expect(side('images/1.png', 'metadata.jsonl')).toBeUndefined();
    expect(side(undefined, 'train/test.jsonl')).toBe('held-out');
  });

  it('stays where somebody put it, also where it has no answer to measure by', () => {
    const rows = ['10', '80', 'f0'].flatMap((start) => [
      row({ hash: `${start}000000`, split: 'train' }),
      row({ hash: `${start}000001`, split: 'test', answer: undefined }),
    ]);
    const { of } = sidesOf(rows);
    expect(['10000001', '80000001', 'f0000001'].map((hash) => of.get(hash))).toEqual(
      Array(3).fill('held-out'),
    );
    expect([...of.values()]).toContain('training');
  });
});

describe('a name in a zip', () => {
  it('is read as Macs and older Windows write it', async () => {
    const zip = zipSync({ 'model/Käse.png': strToU8('1'), 'model/b.json': strToU8('2') });
    // The flag that says UTF-8, in both headers, and the other system's separator.
    for (let i = 0; i < zip.length - 10; i++) {
      const mark = String.fromCharCode(...zip.subarray(i, i + 4));
      if (mark === 'PK\u0003\u0004') zip[i + 7]! &= ~8;
      if (mark === 'PK\u0001\u0002') zip[i + 9]! &= ~8;
    }
    const names = async (bytes: Uint8Array) =>
      (await entriesOf({ path: 'a.zip', file: new Blob([bytes as Uint8Array<ArrayBuffer>]) })).map(
        ([name]) => name,
      );
    expect(await names(zip)).toEqual(['model/Käse.png', 'model/b.json']);
    expect(await names(zipSync({ 'model\\config.json': strToU8('1') }))).toEqual(['model/config.json']);
  });
});

describe('answers with accents', () => {
  it('are the same however their letters are composed', () => {
    expect(isExactMatch('Käse.'.normalize('NFD'), 'käse')).toBe(true);
    expect(isExactMatch('kase', 'käse')).toBe(false);
  });

  it('are said to be out of reach of a tokenizer that drops them', () => {
    const bert = shippedTokenizer('mini-student', 'idefics3');
    expect(unknownWords(bert, 'käse')).toEqual(['käse']);
    expect(unknownWords(bert, 'Dog.')).toEqual([]);
    expect(unknownWords(shippedTokenizer('mini-teacher', 'llava'), 'käse')).toEqual([]);
  });
});
