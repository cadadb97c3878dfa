import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { bertVocabulary, wordPieceTokenizerJson } from '../../scripts/tokenizers/bert.ts';
import { bpeTokenizerJson, gpt2 } from '../../scripts/tokenizers/gpt2.ts';
import { buildTextTokenizers } from '../../scripts/tokenizers/tokenizers.ts';
import { textDataset } from '../../src/engine/data/text/dataset.ts';
import { inWords, splitOf } from '../../src/engine/data/text/questions.ts';
import { parseWords } from '../../src/engine/data/text/words.ts';
import { loadTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { textQuestionTypes } from '../../src/engine/recipe/splits.ts';
import { textSplits } from '../../src/engine/recipe/splits.ts';

/** Questions without pictures, as they ship. */
const json = JSON.parse(readFileSync('public/data/text.json', 'utf8')) as object;
const words = parseWords(json);
const data = textDataset(words);
const tasks = textQuestionTypes;
const training = (seed: number, count: number) =>
  data.training({ tasks, styles: [], seed, count, views: 'plain' });
const evaluation = (split: (typeof textSplits)[number]) => data.evaluation({ split, tasks, count: 480 });

describe('the questions without pictures', () => {
  it('never train on a fact that is held out, however it is worded', () => {
    const asked = new Set(training(3, 6000).map(({ question }) => question));
    for (const split of ['validation-text', 'held-out-text'] as const)
      expect(evaluation(split).filter(({ question }) => asked.has(question))).toEqual([]);
    // The wording does not decide: all ways to ask after one thing are held out together.
    const held = words.words.filter(({ name }) => splitOf(`kind: ${name}`) === 'held-out-text');
    expect(held.length).toBeGreaterThan(15);
    const kinds = new Set(
      training(4, 6000)
        .filter(({ type }) => type === 'kind')
        .map(({ question }) => question),
    );
    for (const { one } of held)
      expect([...kinds].filter((question) => question.endsWith(` ${one}?`))).toEqual([]);
  });

  it('come as enough questions of every kind in turn, no two the same', () => {
    for (const split of textSplits) {
      const examples = evaluation(split);
      expect(examples.length).toBeGreaterThanOrEqual(240);
      expect(examples.map(({ type }) => type)).toEqual(examples.map((_, i) => tasks[i % tasks.length]));
      expect(new Set(examples.map((example) => data.promptKey(example))).size).toBe(examples.length);
      expect(examples.some(({ picture }) => picture !== undefined)).toBe(false);
    }
  });

  it('are the same for a seed, and a longer list begins with the shorter one', () => {
    expect(training(5, 60)).toEqual(training(5, 600).slice(0, 60));
    expect(training(6, 60)).not.toEqual(training(5, 60));
  });

  it('have right answers', () => {
    const kindOf = new Map(words.words.map(({ name, kind }) => [name, kind]));
    const named = (question: string) => question.match(/[a-z-]+/gi)!.filter((word) => kindOf.has(word));
    for (const { type, question, answer } of training(7, 3000)) {
      const said = answer.slice(0, -1).toLowerCase();
      const list = named(question);
      if (type === 'kind') expect(kindOf.get(list[0]!)).toBe(said);
      if (type === 'odd-one-out')
        expect(list.filter((word) => kindOf.get(word) === kindOf.get(said))).toEqual([said]);
      if (type === 'larger') {
        const numbers = Array.from({ length: 40 }, (_, number) => inWords(number));
        const [a, b] = question
          .slice(0, -1)
          .split(' ')
          .filter((word) => numbers.includes(word));
        expect(numbers.indexOf(said)).toBe(Math.max(numbers.indexOf(a!), numbers.indexOf(b!)));
      }
    }
  });

  it('refuse what they do not have, and words that do not fit', () => {
    const refused = expect.objectContaining({ code: 'recipe-invalid' }) as Error;
    expect(() => data.evaluation({ split: 'held-out-style', tasks, count: 8 })).toThrow(refused);
    expect(() => data.questions(['name'])).toThrow(refused);
    expect(() => parseWords({ ...json, kinds: [] })).toThrow(/a kind that is not listed/);
  });
});

describe.each(buildTextTokenizers(words))('$name', ({ family, tokenizerJson, tokenizerConfig }) => {
  const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfig }, { family });
  const plain = new Tokenizer(tokenizerJson, tokenizerConfig);
  const examples = textSplits.flatMap(evaluation);

  it('writes question and answer as the family’s chat does, with no token of a picture', () => {
    const chat = (question: string, answer: string) =>
      family === 'qwen3'
        ? `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`
        : `<|im_start|>User: ${question}<end_of_utterance>\nAssistant: ${answer}<end_of_utterance>`;
    expect(tokenizer.imageId).toBeUndefined();
    for (const { question, answer } of examples)
      expect([...tokenizer.encodeQuestion(question), ...tokenizer.encodeAnswer(answer)]).toEqual(
        plain.encode(chat(question, answer), { add_special_tokens: false }).ids,
      );
  });

  it('segments every text as the full vocabulary does', () => {
    const { vocab, merges } = gpt2();
    const full =
      family === 'qwen3'
        ? new Tokenizer(bpeTokenizerJson(vocab, merges, []), {})
        : new Tokenizer(
            wordPieceTokenizerJson(
              ['[UNK]'],
              bertVocabulary().filter((token) => token !== '[UNK]'),
            ),
            {},
          );
    for (const { question, answer } of examples)
      for (const text of [question, answer]) expect(plain.tokenize(text)).toEqual(full.tokenize(text));
  });
});
