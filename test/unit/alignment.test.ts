import { describe, expect, it } from 'vitest';
import { styleKeys } from '../../src/engine/data/emoji/manifest.ts';
import { trainingExamples } from '../../src/engine/data/emoji/questions.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import {
  alignTokens,
  type Alignment,
  type TokenizedText,
} from '../../src/engine/models/tokenizers/alignment.ts';
import { AnswerAligner } from '../../src/engine/models/tokenizers/answer-aligner.ts';
import { tokenizerSurface } from '../../src/engine/models/tokenizers/surface.ts';
import type { VlmTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { shippedManifest, shippedTokenizer } from './data-fixtures.ts';

const teacher = shippedTokenizer('mini-teacher', 'llava');
const wordPiece = shippedTokenizer('mini-student', 'idefics3');
const bpe = shippedTokenizer('mini-student-bpe', 'idefics3');

const side = (tokenizer: VlmTokenizer, ids: readonly number[]): TokenizedText => ({
  ids,
  surface: tokenizer.surface,
  eosId: tokenizer.eosId,
});
const align = (student: VlmTokenizer, text: string) =>
  alignTokens(text, side(student, student.encodeAnswer(text)), side(teacher, teacher.encodeAnswer(text)));

const examples = trainingExamples({
  manifest: await shippedManifest(),
  tasks: questionTypes,
  styles: styleKeys(await shippedManifest(), 'train'),
  seed: 1,
  count: 5000,
});
const answers = [...new Set(examples.map(({ answer }) => answer))];
const awkward = [
  'Naïve café.',
  'A 🦄 and a 🐉',
  'Nai\u0308ve',
  '👩‍🚀🚀',
  '“Yes” — no…',
  'İstanbul ΣΟΦΟΣ',
  '苹果 and apple',
  ' two  spaces ',
  'tab\tand\nnewline',
  'ﬁ ① ½',
  '한국',
];

/** Every token lies in one chunk, chunks follow each other, and both sides of a chunk spell the same. */
function checkWhole(alignment: Alignment, text: string): void {
  expect(alignment.coverage, text).toBe(1);
  for (const role of ['student', 'teacher'] as const) {
    const numbers = [...alignment.chunkOf[role]];
    expect(numbers.includes(-1), `${text}: ${numbers.join()}`).toBe(false);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(alignment.chunks.length);
  }
  for (const chunk of alignment.chunks) {
    const end = (role: 'student' | 'teacher') => alignment.spans[role][chunk[role].to - 1]!.to;
    expect(end('student'), text).toBe(end('teacher'));
  }
}

describe.each([
  ['WordPiece', wordPiece],
  ['byte BPE with a space before the answer', bpe],
  ['the teacher’s own', teacher],
])('%s against the teacher’s byte BPE', (name, student) => {
  it(`covers all ${answers.length} answers of the training data`, () => {
    expect(answers.length).toBeGreaterThan(300);
    for (const text of answers) checkWhole(align(student, text), text);
  });

  it('covers awkward texts', () => {
    for (const text of awkward) checkWhole(align(student, text), text);
  });

  it('aligns nothing but the end where no text is left', () => {
    for (const text of ['', '\u200b']) {
      const { chunks, chunkOf, coverage } = align(student, text);
      expect(coverage).toBe(1);
      expect(chunkOf.student.at(-1)).toBe(chunks.length - 1);
      expect(chunkOf.teacher.at(-1)).toBe(chunks.length - 1);
    }
  });

  it('ends with end of sequence on both sides', () => {
    const { chunks, chunkOf } = align(student, 'Dog and apple.');
    expect(chunkOf.student.at(-1)).toBe(chunks.length - 1);
    expect(chunkOf.teacher.at(-1)).toBe(chunks.length - 1);
  });

  if (name === 'the teacher’s own')
    it('is one to one', () => {
      for (const text of [...answers, ...awkward]) {
        const { chunkOf } = align(student, text);
        expect([...chunkOf.student], text).toEqual([...chunkOf.student.keys()]);
        expect(chunkOf.teacher).toEqual(chunkOf.student);
      }
    });
});

describe('chunks are minimal', () => {
  it('where words split differently', () => {
    const ids = {
      student: wordPiece.encodeAnswer('Helicopter.'),
      teacher: teacher.encodeAnswer('Helicopter.'),
    };
    const { chunks, spans } = align(wordPiece, 'Helicopter.');
    const ends = (role: 'student' | 'teacher') => new Set(spans[role].map((span) => span!.to));
    const common = [...ends('student')].filter((end) => ends('teacher').has(end));
    // Every common end closes a chunk, and end of sequence is one more.
    expect(chunks).toHaveLength(common.length + 1);
    expect(ids.student.length).not.toBe(ids.teacher.length);
  });

  it('and tokens can be shown with the bytes they cover', () => {
    const { spans, text } = align(wordPiece, 'Dog and cat.');
    expect(text).toBe('dogandcat.');
    expect(spans.student[0]).toEqual({ from: 0, to: 3 });
    expect(spans.teacher[0]!.from).toBe(0);
    expect(spans.teacher.at(-1)).toEqual({ from: 10, to: 10 });
  });
});

describe('one-sided tokens', () => {
  const student = wordPiece.encodeAnswer('Dog.');
  const theirs = teacher.encodeAnswer('Dog.');

  it('a missing end of sequence aligns the other side’s with nothing', () => {
    const { chunkOf } = alignTokens('Dog.', side(wordPiece, student.slice(0, -1)), side(teacher, theirs));
    expect([...chunkOf.student]).not.toContain(-1);
    expect(chunkOf.teacher.at(-1)).toBe(-1);
    expect(chunkOf.teacher[0]).toBe(0);
  });

  it('so does a special token before the text, without moving the rest', () => {
    const begin = wordPiece.surface.tokens.findIndex((token) => token?.kind === 'special');
    const { chunkOf, coverage } = alignTokens(
      'Dog.',
      side(wordPiece, [begin, ...student]),
      side(teacher, theirs),
    );
    expect(coverage).toBe(1);
    expect(chunkOf.student[0]).toBe(-1);
    expect(chunkOf.student.slice(1)).toEqual(align(wordPiece, 'Dog.').chunkOf.student);
    expect(chunkOf.teacher).toEqual(align(wordPiece, 'Dog.').chunkOf.teacher);
  });

  it('tokens of another text are seen', () => {
    const { coverage, spans } = alignTokens(
      'Dog.',
      side(wordPiece, wordPiece.encodeAnswer('Cat.')),
      side(teacher, theirs),
    );
    expect(coverage).toBe(0);
    expect(spans.student[0]).toBeUndefined();
  });
});

it('a batch’s chunk numbers are padded with −1, and no answer has more chunks than the bound', () => {
  const aligner = new AnswerAligner(wordPiece, teacher);
  const batch = ['Dog.', 'Helicopter and apple.'];
  const lengths = [wordPiece, teacher].map((tokenizer) =>
    Math.max(...batch.map((text) => tokenizer.encodeAnswer(text).length)),
  ) as [number, number];
  const { student, teacher: theirs, count } = aligner.chunkNumbers(batch, ...lengths);
  expect([student.length, theirs.length]).toEqual([2 * lengths[0], 2 * lengths[1]]);
  const first = align(wordPiece, 'Dog.').chunkOf;
  expect(student.slice(0, lengths[0])).toEqual(
    Int32Array.from({ length: lengths[0] }, (_, i) => first.student[i] ?? -1),
  );
  expect(Math.max(...student, ...theirs)).toBeLessThan(count);
});

describe('what a token spells', () => {
  it('is its bytes, whole or half characters', () => {
    const spelled = teacher.encodeAnswer('A 🦄.').flatMap((id) => [...teacher.surface.tokens[id]!.bytes]);
    expect(new TextDecoder().decode(Uint8Array.from(spelled))).toBe('A 🦄.');
  });

  it('is read from SentencePiece’s writing too', () => {
    const { tokens, folding } = tokenizerSurface({
      model: { type: 'BPE', vocab: { '▁Dog': 0, g: 1, '<0xF0>': 2, '<unk>': 3 }, unk_token: '<unk>' },
      added_tokens: [{ id: 4, content: '</s>' }],
    });
    expect(tokens.map((token) => [token!.kind, [...token!.bytes], token!.begins])).toEqual([
      ['text', [0x20, 0x44, 0x6f, 0x67], 'yes'],
      ['text', [0x67], 'maybe'],
      ['text', [0xf0], 'maybe'],
      ['unknown', [], 'yes'],
      ['special', [], 'yes'],
    ]);
    expect(folding).toEqual({ case: false, accents: false, spaces: false });
  });
});
