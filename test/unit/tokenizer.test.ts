import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { corpus } from '../../scripts/tokenizers/corpus.ts';
import { alignTokens } from '../../src/engine/models/tokenizers/alignment.ts';
import { loadTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { builtTokenizer, shippedManifest } from './data-fixtures.ts';

const manifest = await shippedManifest();
const imageTokens = 4;
const images = '<image>'.repeat(imageTokens);

/** Prompt and answer as the two model families write them. */
const chats = {
  llava: (question: string, answer: string) => [
    `<|im_start|>user\n${images}\n${question}<|im_end|>\n<|im_start|>assistant\n`,
    `${answer}<|im_end|>`,
  ],
  idefics3: (question: string, answer: string) => [
    `<|im_start|>User:<fake_token_around_image><global-img>${images}<fake_token_around_image>${question}<end_of_utterance>\nAssistant:`,
    ` ${answer}<end_of_utterance>`,
  ],
};

describe.each(['gpt2-bpe-llava', 'gpt2-bpe-idefics3', 'bert-wordpiece-idefics3'])('%s', (name) => {
  const { family, tokenizerJson, tokenizerConfig } = builtTokenizer(manifest, name);
  const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfig }, { family, imageTokens, grid: 1 });
  const plain = new Tokenizer(tokenizerJson, tokenizerConfig);
  const idOf = (token: string) => plain.token_to_id(token)!;

  it('prompt + answer is the encoding of the family’s whole chat, for every text of the corpus', () => {
    const texts = corpus(manifest);
    const questions = texts.filter((text) => !text.endsWith('.'));
    const answers = texts.filter((text) => text.endsWith('.'));
    expect(Math.min(questions.length, answers.length)).toBeGreaterThan(200);
    for (let i = 0; i < Math.max(questions.length, answers.length); i++) {
      const question = questions[i % questions.length]!;
      const answer = answers[i % answers.length]!;
      const [prompt, reply] = chats[family as keyof typeof chats](question, answer);
      const whole = plain.encode(`${prompt}${reply}`, { add_special_tokens: false }).ids;
      const promptIds = plain.encode(prompt!, { add_special_tokens: false }).ids;
      expect(tokenizer.encodeQuestion(question)).toEqual(promptIds);
      expect([...tokenizer.encodeQuestion(question), ...tokenizer.encodeAnswer(answer)]).toEqual(whole);
    }
  });

  it('knows its special tokens', () => {
    expect(tokenizer.imageId).toBe(idOf('<image>'));
    expect(tokenizer.eosId).toBe(idOf(family === 'llava' ? '<|im_end|>' : '<end_of_utterance>'));
    expect(tokenizer.padId).toBe(idOf(name.startsWith('bert') ? '[PAD]' : '<|endoftext|>'));
    expect(tokenizer.encodeQuestion('What is this?').filter((id) => id === tokenizer.imageId)).toHaveLength(
      imageTokens,
    );
    const ids = [
      ...Object.values(tokenizerJson.model.vocab),
      ...tokenizerJson.added_tokens.map(({ id }) => id),
    ];
    expect(tokenizer.vocabularySize).toBe(Math.max(...ids) + 1);
  });

  it('decodes an answer without its special tokens', () => {
    for (const answer of ['Dog and apple.', 'Yes.', 'Sunglasses.']) {
      const decoded = tokenizer.decode([...tokenizer.encodeAnswer(answer), tokenizer.padId]).trim();
      expect(decoded.toLowerCase()).toBe(answer.toLowerCase());
      if (!name.startsWith('bert')) expect(decoded).toBe(answer);
    }
    expect(tokenizer.decode([])).toBe('');
  });

  it('shows each token as text', () => {
    const ids = tokenizer.encodeAnswer('Dog.');
    const strings = tokenizer.tokenStrings(ids);
    expect(strings).toHaveLength(ids.length);
    expect(strings.at(-1)).toBe(family === 'llava' ? '<|im_end|>' : '<end_of_utterance>');
    expect(strings.slice(0, -1).join('').trim().toLowerCase()).toBe('dog.');
  });
});

describe('a person’s text', () => {
  const built = ['gpt2-bpe-llava', 'gpt2-bpe-idefics3', 'bert-wordpiece-idefics3'].map((name) => {
    const { family, tokenizerJson, tokenizerConfig } = builtTokenizer(manifest, name);
    const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfig }, { family, imageTokens, grid: 1 });
    return { name, tokenizer, specials: tokenizerJson.added_tokens };
  });
  const [teacher, student] = [built[0]!, built[2]!];
  const contents = [...new Set(built.flatMap(({ specials }) => specials.map(({ content }) => content)))];
  const texts = [
    ...contents,
    contents.join(''),
    ...contents.map((content) => `Is ${content}${content} a dog${content}?`),
    '<ima<image>ge>',
    '<<image>>',
    '<\uFDD0image>',
  ];

  it.each(built)('never becomes a special token: $name', ({ name, tokenizer, specials }) => {
    const ids = new Set(specials.map(({ id }) => id));
    const unknown = tokenizer.surface.tokens.findIndex((token) => token?.kind === 'unknown');
    const special = (encoded: readonly number[]) => encoded.filter((id) => ids.has(id) && id !== unknown);
    const ofTemplate = special(tokenizer.encodeQuestion('dog'));
    for (const text of texts) {
      const question = tokenizer.encodeQuestion(text);
      expect(special(question), text).toEqual(ofTemplate);
      expect(question.filter((id) => id === tokenizer.imageId)).toHaveLength(imageTokens);
      const answer = tokenizer.encodeAnswer(text);
      expect(special(answer), text).toEqual([tokenizer.eosId]);
      expect(answer.at(-1)).toBe(tokenizer.eosId);
      // WordPiece has no piece for some of these characters.
      if (name.startsWith('gpt2')) {
        const clean = text.replaceAll('\uFDD0', '');
        expect(tokenizer.decode(answer).trim()).toBe(clean);
        expect(tokenizer.decode(question)).toContain(clean);
      }
    }
  });

  it('lies over the same bytes in both tokenizers', () => {
    for (const text of contents.map((content) => `A dog ${content} b.`)) {
      const side = ({ tokenizer }: typeof teacher) => ({
        ids: tokenizer.encodeAnswer(text),
        surface: tokenizer.surface,
        eosId: tokenizer.eosId,
      });
      const { spans, coverage, text: shared } = alignTokens(text, side(student), side(teacher));
      expect(coverage, text).toBe(1);
      const bytes = new TextEncoder().encode(shared).length;
      for (const own of [spans.student, spans.teacher]) {
        expect(own.at(-1)).toEqual({ from: bytes, to: bytes });
        own.forEach((span, i) => expect(span!.from).toBe(own[i - 1]?.to ?? 0));
      }
    }
  });
});

describe('files that cannot be used', () => {
  const { tokenizerJson, tokenizerConfig } = builtTokenizer(manifest, 'gpt2-bpe-llava');
  const load = (json: unknown, config: unknown) => () =>
    loadTokenizer(
      { tokenizerJson: json, tokenizerConfig: config },
      { family: 'llava', imageTokens, grid: 1 },
    );

  it('say which part is missing', () => {
    const { chat_template: _, ...withoutTemplate } = tokenizerConfig as { chat_template: string };
    expect(load(tokenizerJson, withoutTemplate)).toThrow(/chat_template/);
    expect(load({ ...tokenizerJson, model: {} }, tokenizerConfig)).toThrow(/model.type is missing/);
    const { vocab: __, ...withoutVocab } = tokenizerJson.model;
    expect(load({ ...tokenizerJson, model: withoutVocab }, tokenizerConfig)).toThrow(
      /model.vocab is missing/,
    );
    expect(load(tokenizerJson, { ...tokenizerConfig, eos_token: '<eos>' })).toThrow(/<eos>/);
    expect(load(null, tokenizerConfig)).toThrow(
      expect.objectContaining({ code: 'file-unsupported' }) as Error,
    );
  });

  it.each([
    [{ decoder: { type: 'F64' } }, /decoder\.type “F64” is not known/],
    [{ decoder: undefined }, /decoder is missing/],
    [{ normalizer: { type: 'Sequence', normalizers: [{}] } }, /normalizer\.normalizers\.0\.type is missing/],
    [{ normalizer: { type: 'Prepend' } }, /normalizer\.prepend is missing/],
    [{ pre_tokenizer: 'ByteLevel' }, /pre_tokenizer is of the wrong kind/],
    [{ pre_tokenizer: { type: 'FixedLength', length: 0 } }, /pre_tokenizer\.length is less than 1/],
    [
      { pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Removed', invert: false } },
      /pre_tokenizer\.pattern.*is no regular expression/,
    ],
    [{ post_processor: { type: 'TemplateProcessing', single: 'A' } }, /post_processor\.single/],
    [{ added_tokens: [{ id: 1 }] }, /added_tokens\.0\.content is missing/],
    [{ model: { ...tokenizerJson.model, merges: [1] } }, /model\.merges/],
    [{ model: { ...tokenizerJson.model, unk_token: '<?>' } }, /unk_token is “<\?>”/],
  ])('name the part and the reason: %j', (change, reason) => {
    const changed = { ...tokenizerJson, ...change };
    expect(load(changed, tokenizerConfig)).toThrow(
      expect.objectContaining({
        code: 'file-unsupported',
        message: expect.stringMatching(reason) as string,
      }) as Error,
    );
  });

  it('are tried out: a template that leaves something out is refused at once', () => {
    const withTemplate = (chat_template: string) =>
      load(tokenizerJson, { ...tokenizerConfig, chat_template });
    expect(withTemplate('{% for')).toThrow(/chat_template/);
    expect(withTemplate('{{ messages | nofilter }}')).toThrow(/chat_template fails/);
    expect(withTemplate('Hello.')).toThrow(/does not write “<image>” once/);
    expect(withTemplate('<image>{% for message in messages %}x{% endfor %}')).toThrow(
      /does not begin as its prompt ends/,
    );
  });
});
