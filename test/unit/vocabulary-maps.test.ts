import { describe, expect, it } from 'vitest';
import {
  editDistance,
  nearestTokens,
  projectionEntries,
  sameTokens,
  sharedTokens,
  vocabularyOf,
} from '../../src/engine/models/tokenizers/vocabulary-maps.ts';
import { shippedTokenizer } from './data-fixtures.ts';

const tokenizers = {
  teacher: shippedTokenizer('mini-teacher', 'llava'),
  wordPiece: shippedTokenizer('mini-student', 'idefics3'),
  bpe: shippedTokenizer('mini-student-bpe', 'idefics3'),
};
const teacher = vocabularyOf(tokenizers.teacher);
const wordPiece = vocabularyOf(tokenizers.wordPiece);
const bpe = vocabularyOf(tokenizers.bpe);

const { tokens } = teacher.surface;
const decoder = new TextDecoder();
const teacherId = (text: string) =>
  tokens.findIndex((token) => token?.kind === 'text' && decoder.decode(token.bytes) === text);
const studentId = (text: string, begins: 'yes' | 'no' = 'yes') =>
  wordPiece.surface.tokens.findIndex(
    (token) => token?.kind === 'text' && decoder.decode(token.bytes) === text && token.begins === begins,
  );

describe('one tokenizer', () => {
  const texts = tokens.flatMap((token, id) => (token?.kind === 'text' ? [id] : []));
  it('every token means itself, is nearest to itself and projects to itself', () => {
    const shared = sharedTokens(teacher, teacher);
    const nearest = nearestTokens(teacher, teacher);
    for (const id of texts) expect([shared[id], nearest[id]]).toEqual([id, id]);
    const entries = projectionEntries(teacher, teacher);
    expect(entries.every(({ student, teacher, weight }) => student === teacher && weight === 1)).toBe(true);
    expect(entries).toHaveLength(texts.length + 1);
  });
});

describe('one vocabulary, two templates', () => {
  const { first, later } = sameTokens(bpe, teacher);
  const spaced = (word: string) => [
    tokenizers.bpe.encodeAnswer(`${word}.`)[0]!,
    tokenizers.teacher.encodeAnswer(`${word}.`)[0]!,
  ];

  it('the first word goes by its name with and without a space', () => {
    expect([bpe.spaceFirst, teacher.spaceFirst]).toEqual([true, false]);
    for (const word of ['Dog', 'Apple', 'Yes', 'Three']) {
      const [own, theirs] = spaced(word);
      expect(first[own!], word).toBe(theirs);
      expect(later[own!], word).toBe(own);
    }
  });

  it('every token keeps exactly one name, and the ends of sequence are one', () => {
    for (const names of [first, later]) {
      expect([...names].sort((a, b) => a - b)).toEqual([...names.keys()]);
      expect(names[bpe.eosId]).toBe(teacher.eosId);
    }
  });

  it('nothing is renamed where the templates are one', () => {
    const names = sameTokens(teacher, teacher);
    expect([...names.first]).toEqual([...names.first.keys()]);
    expect(names.later).toEqual(names.first);
  });
});

describe('byte BPE and WordPiece', () => {
  const shared = sharedTokens(wordPiece, teacher);
  const nearest = nearestTokens(wordPiece, teacher);
  const entries = projectionEntries(wordPiece, teacher);

  it('a word means the same with a capital and with a space before it', () => {
    for (const text of ['Dog', ' Dog', ' dog']) expect(shared[teacherId(text)], text).toBe(studentId('dog'));
    expect(shared[teacherId('.')]).toBe(studentId('.'));
    expect(shared[teacher.eosId]).toBe(wordPiece.eosId);
  });

  it('letters inside a word mean letters inside a word', () => {
    expect(shared[teacherId('er')]).toBe(studentId('er', 'no'));
    expect(shared[teacherId(' a')]).toBe(studentId('a'));
  });

  it('every teacher token that begins an answer word of one student token is shared', () => {
    for (const word of ['Dog', 'Apple', 'Yes', 'No', 'Two', 'Three']) {
      const [first] = tokenizers.teacher.encodeAnswer(`${word}.`);
      const [own] = tokenizers.wordPiece.encodeAnswer(`${word}.`);
      expect(shared[first!], word).toBe(own);
    }
  });

  it('the nearest token is a shared one, or one with letters in common', () => {
    shared.forEach((student, id) => {
      if (student >= 0) expect(nearest[id]).toBe(student);
    });
    const text = (token: { bytes: Uint8Array }) => decoder.decode(token.bytes).trim().toLowerCase();
    nearest.forEach((student, id) => {
      if (student < 0 || shared[id]! >= 0) return;
      const [a, b] = [text(tokens[id]!), text(wordPiece.surface.tokens[student]!)];
      expect(editDistance(a, b), `${a} ${b}`).toBeLessThan(Math.max(a.length, b.length));
    });
    expect(nearest.filter((id) => id >= 0).length).toBeGreaterThan(1200);
  });

  it('a row of the projection sums to 1', () => {
    const sums = new Map<number, number>();
    for (const { student, weight } of entries) sums.set(student, (sums.get(student) ?? 0) + weight);
    expect(sums.size).toBeGreaterThan(420);
    for (const sum of sums.values()) expect(sum).toBeCloseTo(1, 10);
  });

  it('the first piece of a split token carries most of it', () => {
    const weightOf = (student: number, id: number) =>
      entries.find((entry) => entry.student === student && entry.teacher === id)?.weight ?? 0;
    // “octopus” is no teacher token: its row is the teacher's pieces.
    const octopus = entries.filter(({ student }) => student === studentId('octopus'));
    expect(octopus.length).toBeGreaterThan(1);
    expect(Math.max(...octopus.map(({ weight }) => weight))).toBeGreaterThan(0.8);
    // “Hel” begins with the student's “h”.
    expect(weightOf(studentId('h'), teacherId('Hel'))).toBeGreaterThan(0);
  });
});

it('edit distance counts insertions, deletions and substitutions', () => {
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('dog', 'dog')).toBe(0);
});
