import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';

/** Far more tokens than any vocabulary has; ids beyond make arrays of that length. */
const largestId = 10_000_000;
const id = z.int().min(0).max(largestId);
const flag = z.boolean().nullish();
const text = z.string().nullish();

const pattern = z
  .union([z.strictObject({ String: z.string() }), z.strictObject({ Regex: z.string() })])
  .refine((value) => !('Regex' in value) || isPattern(value.Regex), 'is no regular expression');

const part = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.looseObject({ type: z.literal(type), ...shape });
/** Parts without settings that matter here. */
const plain = <T extends string>(...types: [T, ...T[]]) => types.map((type) => part(type, {}));

const oneOf = (options: z.ZodObject[]) =>
  z.discriminatedUnion('type', options as [z.ZodObject, ...z.ZodObject[]]);

// What `@huggingface/tokenizers` can build, with the settings that it reads unchecked.
const normalizer: z.ZodType = z.lazy(() =>
  oneOf([
    ...plain('NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'Precompiled'),
    part('BertNormalizer', {
      clean_text: flag,
      handle_chinese_chars: flag,
      strip_accents: flag,
      lowercase: flag,
    }),
    part('Strip', { strip_left: flag, strip_right: flag }),
    part('Prepend', { prepend: z.string() }),
    part('Replace', { pattern, content: text }),
    part('Sequence', { normalizers: z.array(normalizer) }),
  ]),
);

const preTokenizer: z.ZodType = z.lazy(() =>
  oneOf([
    ...plain('BertPreTokenizer', 'Whitespace', 'WhitespaceSplit', 'Punctuation'),
    part('ByteLevel', { add_prefix_space: flag, trim_offsets: flag, use_regex: flag }),
    part('Metaspace', { replacement: text, str_rep: text, prepend_scheme: text }),
    part('Split', { pattern, invert: flag, behavior: text }),
    part('Digits', { individual_digits: flag }),
    part('Replace', { pattern, content: text }),
    part('FixedLength', { length: z.int().min(1) }),
    part('Sequence', { pretokenizers: z.array(preTokenizer) }),
  ]),
);

const special = z.looseObject({ id: z.string(), type_id: z.int() });
const template = z.array(
  z.union([z.looseObject({ SpecialToken: special }), z.looseObject({ Sequence: special })]),
);
const framed = { sep: z.tuple([z.string(), id]), cls: z.tuple([z.string(), id]) };
const postProcessor: z.ZodType = z.lazy(() =>
  oneOf([
    ...plain('ByteLevel'),
    part('TemplateProcessing', { single: template, pair: template }),
    part('BertProcessing', framed),
    part('RobertaProcessing', framed),
    part('Sequence', { processors: z.array(postProcessor) }),
  ]),
);

const decoder: z.ZodType = z.lazy(() =>
  oneOf([
    ...plain('ByteLevel', 'Fuse', 'ByteFallback'),
    part('WordPiece', { prefix: text, cleanup: flag }),
    part('Metaspace', { replacement: text }),
    part('BPEDecoder', { suffix: text }),
    part('CTC', { pad_token: text, word_delimiter_token: text, cleanup: flag }),
    part('Replace', { pattern, content: text }),
    part('Strip', { content: text, start: z.int().min(0).nullish(), stop: z.int().min(0).nullish() }),
    part('Sequence', { decoders: z.array(decoder) }),
  ]),
);

/** All as “a b”, or all as ["a", "b"]. As one question: there are tens of thousands. */
function areMerges(merges: readonly unknown[]): boolean {
  const isPair = (merge: unknown) =>
    Array.isArray(merge) && merge.length === 2 && merge.every((token) => typeof token === 'string');
  return merges.every((merge) => typeof merge === 'string') || merges.every(isPair);
}

const vocab = z.record(z.string(), id);
const model = z.discriminatedUnion('type', [
  part('WordPiece', {
    vocab,
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int().min(1).nullish(),
  }),
  part('BPE', {
    vocab,
    merges: z.array(z.unknown()).refine(areMerges, 'is no list of pairs'),
    unk_token: text,
    end_of_word_suffix: text,
    continuing_subword_suffix: text,
    byte_fallback: flag,
    ignore_merges: flag,
  }),
]);

const schema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({
      id,
      content: z.string().min(1),
      special: z.boolean().default(false),
      normalized: flag,
      lstrip: flag,
      rstrip: flag,
    }),
  ),
  normalizer: normalizer.nullable(),
  pre_tokenizer: preTokenizer.nullable(),
  post_processor: postProcessor.nullable(),
  decoder: decoder.nullable(),
  model,
});

/** A tokenizer.json whose every part can be built. */
export type TokenizerJson = z.output<typeof schema>;

/**
 * Checks every part before the library builds it: what the library does not know, it throws for without saying where, or finds out while
 * it encodes.
 * @throws EngineError `file-unsupported` naming the first part that does not fit, and why.
 */
export function parseTokenizerJson(json: unknown): TokenizerJson {
  const result = safely(() => schema.safeParse(json, withInput));
  if (!result.success) throw unusable(whatIsWrong(result.error));
  const { model: own, added_tokens: added } = result.data;
  const unknown = own.unk_token;
  if (
    typeof unknown === 'string' &&
    !Object.hasOwn(own.vocab, unknown) &&
    !added.some(({ content }) => content === unknown)
  )
    throw unusable(`model.unk_token is “${unknown}”, which is no token of it`);
  return result.data;
}

/** A part inside a part inside a part ends the stack, not the parser. */
function safely<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unusable('tokenizer.json is nested too deeply', error);
  }
}

/** Whether the library, which rewrites other dialects, makes a regular expression of it. */
function isPattern(source: string): boolean {
  try {
    void new SplitPreTokenizer({
      type: 'Split',
      pattern: { Regex: source },
      behavior: 'Removed',
      invert: true,
    });
    return true;
  } catch {
    return false;
  }
}

/** Any failure of the library as an error that names what it was about. */
export function unusable(reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'file-unsupported',
    `The tokenizer files cannot be used: ${reason}.`,
    'Use a folder with tokenizer.json and a tokenizer_config.json that has a chat_template, as transformers saves them.',
    { cause },
  );
}
