import { describe, expect, it } from 'vitest';
import { makeTokenBatch, sequenceBounds } from '../../src/engine/data/batch.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { loadTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { builtTokenizer, shippedDataset, shippedManifest } from './data-fixtures.ts';

const manifest = await shippedManifest();
const data = await shippedDataset();
const examples = data.evaluation({ split: 'held-out-style', tasks: questionTypes, count: 70 });

describe.each([
  ['gpt2-bpe-llava', 16],
  ['bert-wordpiece-idefics3', 4],
])('batches of %s', (name, imageTokens) => {
  const { family, tokenizerJson, tokenizerConfig } = builtTokenizer(manifest, name);
  const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfig }, { family, imageTokens, grid: 1 });
  const bounds = sequenceBounds(tokenizer, examples);
  const { Nq, Na } = bounds;
  const batch = makeTokenBatch(tokenizer, examples, bounds);

  it('bounds are reached and never passed', () => {
    const questions = examples.map(({ question }) => tokenizer.encodeQuestion(question).length);
    const answers = examples.map(({ answer }) => tokenizer.encodeAnswer(answer).length);
    expect(bounds).toEqual({ Nq: Math.max(...questions), Na: Math.max(...answers) });
    expect(Math.min(...questions)).toBeLessThan(Nq);
    expect(Math.min(...answers)).toBeLessThan(Na);
  });

  it('every row is [pad… q | a …pad]', () => {
    expect([batch.B, batch.Nq, batch.Na]).toEqual([70, Nq, Na]);
    examples.forEach(({ question, answer }, b) => {
      const q = tokenizer.encodeQuestion(question);
      const a = tokenizer.encodeAnswer(answer);
      const padded = (before: number, ids: number[], after: number) => [
        ...Array<number>(before).fill(tokenizer.padId),
        ...ids,
        ...Array<number>(after).fill(tokenizer.padId),
      ];
      const from = b * (Nq + Na);
      expect([...batch.ids.subarray(from, from + Nq)]).toEqual(padded(Nq - q.length, q, 0));
      expect([...batch.ids.subarray(from + Nq, from + Nq + Na)]).toEqual(padded(0, a, Na - a.length));
      const real = Array.from({ length: Nq + Na }, (_, i) => Number(i >= Nq - q.length && i < Nq + a.length));
      expect([...batch.mask.subarray(from, from + Nq + Na)]).toEqual(real);
      expect([...batch.answerMask.subarray(b * Na, (b + 1) * Na)]).toEqual(real.slice(Nq));
    });
  });

  it('knows where the picture’s tokens stand', () => {
    expect(batch.imagePositions).toHaveLength(70 * imageTokens);
    const rows = Array.from({ length: 70 }, (_, b) => [
      ...batch.imagePositions.subarray(b * imageTokens, (b + 1) * imageTokens),
    ]);
    rows.forEach((row, b) => {
      const found = [...batch.ids.subarray(b * (Nq + Na), (b + 1) * (Nq + Na))].flatMap((id, i) =>
        id === tokenizer.imageId ? [i] : [],
      );
      expect(row).toEqual(found);
    });
  });

  it('refuses what does not fit', () => {
    expect(() => makeTokenBatch(tokenizer, examples, { Nq: Nq - 1, Na })).toThrow(RangeError);
    expect(() => makeTokenBatch(tokenizer, examples, { Nq, Na: Na - 1 })).toThrow(RangeError);
  });
});
