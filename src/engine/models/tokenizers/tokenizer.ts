import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import { squaresOf, type VlmConfig } from '../config.ts';
import { familyOf } from '../families/families.ts';
import { Chat } from './chat.ts';
import { PersonText } from './person-text.ts';
import { tokenizerSurface, type TokenizerSurface } from './surface.ts';
import { parseTokenizerJson, unusable } from './tokenizer-json.ts';

/** A model's tokenizer with its chat template and, where it reads pictures, a picture's tokens. */
export interface VlmTokenizer {
  vocabularySize: number;
  padId: number;
  eosId: number;
  /** None of a model of text alone. */
  imageId?: number;
  /** What every token spells, for comparing tokenizers. */
  readonly surface: TokenizerSurface;
  /** The prompt up to the assistant's turn, a picture expanded to the model's image tokens. What reads like a special token in it is text. */
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
  chat_template: z.union([
    z.string(),
    z.array(z.looseObject({ name: z.string(), template: z.string() })).min(1),
  ]),
  eos_token: tokenName,
  bos_token: tokenName.nullish(),
  pad_token: tokenName.nullish(),
  unk_token: tokenName.nullish(),
  image_token: tokenName.nullish(),
  additional_special_tokens: z.array(z.unknown()).nullish(),
});

/** What of a model decides how a picture is written: nothing, where it reads none. */
type PictureForm =
  Pick<VlmConfig, 'family' | 'imageTokens' | 'grid'> | { family: string; vision?: undefined };

/**
 * Builds a tokenizer from a checkpoint's files.
 * @param model its family decides how a picture is written, if any is.
 * @throws EngineError `file-unsupported` when the files are no tokenizer with a chat template.
 */
export function loadTokenizer(files: TokenizerFiles, model: PictureForm): VlmTokenizer {
  const json = parseTokenizerJson(files.tokenizerJson);
  const parsed = configSchema.safeParse(files.tokenizerConfig, withInput);
  if (!parsed.success) throw unusable(`in tokenizer_config.json ${whatIsWrong(parsed.error)}`);
  const config = parsed.data;
  const picture = pictureText(model, config.image_token);
  const person = new PersonText(json, picture?.written ?? []);
  const tokenizer = built(
    'tokenizer.json',
    () => new Tokenizer(person.files, files.tokenizerConfig as object),
  );
  const idOf = (named: z.output<typeof tokenName>): number => {
    const id = tokenizer.token_to_id(contentOf(named));
    if (id !== undefined) return id;
    throw unusable(`tokenizer.json has no token “${contentOf(named).slice(0, 40)}”`);
  };
  const eosId = idOf(config.eos_token);
  const chat = built('chat_template', () => {
    const specials = Object.fromEntries(
      (['eos_token', 'bos_token', 'pad_token', 'unk_token'] as const).flatMap((name) =>
        config[name] == null ? [] : [[name, contentOf(config[name])]],
      ),
    );
    return new Chat(templateOf(config.chat_template), specials, picture?.token);
  });
  const encode = (text: string): number[] =>
    tokenizer.encode(picture === undefined ? text : text.replace(picture.token, () => picture.text), {
      add_special_tokens: false,
    }).ids;
  /** The tokens that follow a prompt's; none where the prompt's are not the first ones of the whole. */
  const tokensBehind = (prompt: string, whole: string): number[] | undefined => {
    const [first, all] = [encode(prompt), encode(whole)];
    return first.every((id, i) => all[i] === id) ? all.slice(first.length) : undefined;
  };
  const unasked = chat.prompt('');
  const turn = built('chat_template', () => chat.turn((whole) => tokensBehind(unasked, whole) !== undefined));
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
    padId: idOf(config.pad_token ?? config.eos_token),
    eosId,
    ...(picture && { imageId: idOf(picture.token) }),
    get surface() {
      return (surface ??= tokenizerSurface(json));
    },
    encodeQuestion: (question) =>
      remembered(questions, question, () => encode(chat.prompt(person.sew(question)))),
    encodeAnswer: (answer) =>
      remembered(answers, answer, () => {
        const ids = tokensBehind(unasked, turn(person.sew(answer)));
        if (ids === undefined)
          throw unusable(
            `the tokens of the answer “${answer.slice(0, 40)}” cannot be told from those of the prompt before it`,
          );
        return ids.slice(0, ids.lastIndexOf(eosId) + 1);
      }),
    // The library refuses an empty list: a model may end its answer at once.
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true })),
    tokenStrings: (ids) => ids.map((id) => tokenizer.decode([id], { skip_special_tokens: false })),
  };
  built('the chat', () => tryOut(loaded, 'imageTokens' in model ? model.imageTokens : 0));
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
  if (!/^\s*dog ?\.\s*$/i.test(decode(answer)))
    throw unusable('the chat template writes more than the answer into the turn that answers');
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

const contentOf = (named: z.output<typeof tokenName>): string =>
  typeof named === 'string' ? named : named.content;

/** The one template, or of several the one that is used unless another is named. */
function templateOf(given: z.output<typeof configSchema>['chat_template']): string {
  if (typeof given === 'string') return given;
  return (given.find(({ name }) => name === 'default') ?? given[0]!).template;
}

/** What stands for one picture in a prompt, and the tokens that it is written with; undefined for a model that reads none. */
function pictureText(
  model: PictureForm,
  given: z.output<typeof tokenName> | null | undefined,
): { token: string; written: string[]; text: string } | undefined {
  const { picture } = familyOf(model);
  if (picture === undefined || !('imageTokens' in model)) return undefined;
  const token = given == null ? picture.token : contentOf(given);
  const { opening, closing, square } = picture;
  const tokens = token.repeat(model.imageTokens / squaresOf(model));
  const across =
    model.grid === 1 || square === undefined ? [] : Array.from({ length: model.grid }, (_, i) => i + 1);
  const rows = across.map((row) => across.map((column) => square!(row, column)));
  // As Idefics3's processor writes it: a line for every row of squares, an empty one before the whole picture.
  const squares = rows.map((row) => `${row.map((before) => `${before.join('')}${tokens}`).join('')}\n`);
  return {
    token,
    written: [token, ...opening, ...closing, ...rows.flat(2)],
    text: [...squares, ...(rows.length > 0 ? ['\n'] : []), ...opening, tokens, ...closing].join(''),
  };
}

function largest(...lists: readonly number[][]): number {
  // One by one: a vocabulary is too long for a list of arguments.
  let most = -1;
  for (const list of lists) for (const id of list) most = Math.max(most, id);
  return most;
}
