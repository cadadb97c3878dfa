import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { PersonText } from './person-text.ts';
import { tokenizerSurface, type TokenizerSurface } from './surface.ts';

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

const tokenizerJsonSchema = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
  added_tokens: z.array(
    z.looseObject({ id: z.int(), content: z.string().min(1), special: z.boolean().default(false) }),
  ),
});
const tokenName = z.union([z.string(), z.looseObject({ content: z.string() })]);
const configSchema = z.looseObject({
  chat_template: z.string(),
  eos_token: tokenName,
  pad_token: tokenName,
  image_token: tokenName.default('<image>'),
});

/** What the two families' processors write for a picture. */
const [imageToken, frame, globalImage] = ['<image>', '<fake_token_around_image>', '<global-img>'] as const;

/**
 * Builds a tokenizer from a checkpoint's files.
 * @param model the family decides how its processor writes a picture: LLaVA repeats `<image>`, Idefics3 also frames it.
 * @throws EngineError `file-unsupported` when the files are no tokenizer with a chat template.
 */
export function loadTokenizer(
  files: TokenizerFiles,
  model: { family: 'llava' | 'idefics3'; imageTokens: number },
): VlmTokenizer {
  const json = tokenizerJsonSchema.safeParse(files.tokenizerJson);
  const config = configSchema.safeParse(files.tokenizerConfig);
  if (!json.success || !config.success)
    throw new EngineError(
      'file-unsupported',
      `The tokenizer files cannot be used: ${(json.error ?? config.error)?.issues[0]?.path.join('.')} is missing or of the wrong kind.`,
      'Use a folder with tokenizer.json and a tokenizer_config.json that has a chat_template.',
    );
  const template = new Template(config.data.chat_template);
  const idOf = (token: z.output<typeof tokenName>): number => {
    const content = typeof token === 'string' ? token : token.content;
    const id =
      json.data.added_tokens.find((added) => added.content === content)?.id ?? json.data.model.vocab[content];
    if (id !== undefined) return id;
    throw new EngineError(
      'file-unsupported',
      `tokenizer.json has no token “${content}”.`,
      'Use tokenizer files that belong together.',
    );
  };
  const eosId = idOf(config.data.eos_token);
  const picture =
    model.family === 'llava'
      ? imageToken.repeat(model.imageTokens)
      : `${frame}${globalImage}${imageToken.repeat(model.imageTokens)}${frame}`;
  const person = new PersonText(json.data, [imageToken, frame, globalImage]);
  const tokenizer = new Tokenizer(person.files, files.tokenizerConfig as object);

  const encode = (messages: object[], addGenerationPrompt: boolean): number[] => {
    const text = template.render({ messages, add_generation_prompt: addGenerationPrompt });
    return tokenizer.encode(text.replace(imageToken, picture), { add_special_tokens: false }).ids;
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

  return {
    vocabularySize:
      Math.max(...Object.values(json.data.model.vocab), ...json.data.added_tokens.map((added) => added.id)) +
      1,
    padId: idOf(config.data.pad_token),
    eosId,
    imageId: idOf(config.data.image_token),
    get surface() {
      return (surface ??= tokenizerSurface(json.data));
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
}
