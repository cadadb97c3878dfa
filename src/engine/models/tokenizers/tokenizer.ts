import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import type { VlmConfig } from '../config.ts';
import { vlmFamilyOf } from '../families/families.ts';
import { PersonText } from './person-text.ts';
import { tokenizerSurface, type TokenizerSurface } from './surface.ts';
import { parseTokenizerJson, unusable } from './tokenizer-json.ts';

/** A model's tokenizer with its chat template and its picture's tokens. */
export interface VlmTokenizer {
  vocabularySize: number;
  padId: number;
  eosId: number;
  imageId: number;
  /** What every token spells, for comparing tokenizers. */
  readonly surface: TokenizerSurface;
  /** The prompt up to the assistant's turn, the picture expanded to the model's image tokens. What reads like a special token in it is text. */
  encodeQuestion(question: string): number[];
  /** The assistant's turn with the end-of-sequence token; prompt + answer is the whole chat's encoding. Its text is text as well. */
  encodeAnswer(answer: string): number[];
  decode(ids: readonly number[]): string;
  /** Each token as text, for display. */
  tokenStrings(ids: readonly number[]): string[];
}

export interface TokenizerFiles {
  tokenizerJson: unknown;
  tokenizerConfig: unknown;
}

const tokenName = z.union([z.string(), z.looseObject({ content: z.string() })]);
const configSchema = z.looseObject({
  chat_template: z.string(),
  eos_token: tokenName,
  pad_token: tokenName,
  image_token: tokenName.default('<image>'),
  additional_special_tokens: z.array(z.unknown()).nullish(),
});

/**
 * Builds a tokenizer from a checkpoint's files.
 * @param model its family decides how a picture is written.
 * @throws EngineError `file-unsupported` when the files are no tokenizer with a chat template.
 */
export function loadTokenizer(
  files: TokenizerFiles,
  model: Pick<VlmConfig, 'family' | 'imageTokens'>,
): VlmTokenizer {
  const { token, opening, closing } = vlmFamilyOf(model).picture;
  const json = parseTokenizerJson(files.tokenizerJson);
  const config = configSchema.safeParse(files.tokenizerConfig, withInput);
  if (!config.success) throw unusable(`in tokenizer_config.json ${whatIsWrong(config.error)}`);
  const person = new PersonText(json, [token, ...opening, ...closing]);
  const tokenizer = built(
    'tokenizer.json',
    () => new Tokenizer(person.files, files.tokenizerConfig as object),
  );
  const template = built('chat_template', () => new Template(config.data.chat_template));
  const idOf = (named: z.output<typeof tokenName>): number => {
    const content = typeof named === 'string' ? named : named.content;
    const id = tokenizer.token_to_id(content);
    if (id !== undefined) return id;
    throw unusable(`tokenizer.json has no token “${content.slice(0, 40)}”`);
  };
  const eosId = idOf(config.data.eos_token);
  const picture = [...opening, token.repeat(model.imageTokens), ...closing].join('');

  const encode = (messages: object[], addGenerationPrompt: boolean): number[] => {
    const text = template.render({ messages, add_generation_prompt: addGenerationPrompt });
    return tokenizer.encode(text.replace(token, picture), { add_special_tokens: false }).ids;
  };
  const user = (question: string) => ({
    role: 'user',
    content: [{ type: 'image' }, { type: 'text', text: person.sew(question) }],
  });
  const assistant = (answer: string) => ({
    role: 'assistant',
    content: [{ type: 'text', text: person.sew(answer) }],
  });
  const questions = new Map<string, number[]>();
  const answers = new Map<string, number[]>();
  let surface: TokenizerSurface | undefined;

  /** Remembers encodings: a run asks for the same few hundred texts again and again. */
  const remembered = (cache: Map<string, number[]>, text: string, make: () => number[]) => {
    let ids = cache.get(text);
    if (ids === undefined) cache.set(text, (ids = make()));
    return ids;
  };

  const loaded: VlmTokenizer = {
    vocabularySize:
      1 +
      largest(
        Object.values(json.model.vocab),
        json.added_tokens.map(({ id }) => id),
      ),
    padId: idOf(config.data.pad_token),
    eosId,
    imageId: idOf(config.data.image_token),
    get surface() {
      return (surface ??= tokenizerSurface(json));
    },
    encodeQuestion: (question) => remembered(questions, question, () => encode([user(question)], true)),
    encodeAnswer: (answer) =>
      remembered(answers, answer, () => {
        const prompt = encode([user('')], true);
        const chat = encode([user(''), assistant(answer)], false);
        const ids = chat.slice(prompt.length);
        return ids.slice(0, ids.lastIndexOf(eosId) + 1);
      }),
    // The library refuses an empty list: a model may end its answer at once.
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true })),
    tokenStrings: (ids) => ids.map((id) => tokenizer.decode([id], { skip_special_tokens: false })),
  };
  built('the chat', () => tryOut(loaded, model.imageTokens));
  return loaded;
}

/** A short chat, so that files which only fail while they are used are refused while they are loaded. */
function tryOut(tokenizer: VlmTokenizer, imageTokens: number): void {
  const { encodeQuestion, encodeAnswer, decode, tokenStrings, imageId, eosId, vocabularySize } = tokenizer;
  const [question, answer] = [encodeQuestion('What is this?'), encodeAnswer('Dog.')];
  if (![...question, ...answer].every((id) => Number.isInteger(id) && id < vocabularySize))
    throw unusable('they turn a question into something other than tokens');
  if (question.filter((id) => id === imageId).length !== imageTokens)
    throw unusable(`a question about a picture does not get the ${imageTokens} image tokens of the model`);
  if (answer.at(-1) !== eosId) throw unusable('an answer does not end with eos_token');
  if (typeof decode(answer) !== 'string' || tokenStrings(answer).some((text) => typeof text !== 'string'))
    throw unusable('tokens cannot be turned into text again');
}

/** What a library makes, or an error that says of what it could not. */
function built<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    // What JavaScript stumbled over says nothing of the file.
    const own = error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
    throw unusable(own ? `${what} fails (${error.message})` : `${what} fails`, error);
  }
}

function largest(...lists: readonly number[][]): number {
  // One by one: a vocabulary is too long for a list of arguments.
  let most = -1;
  for (const list of lists) for (const id of list) most = Math.max(most, id);
  return most;
}
