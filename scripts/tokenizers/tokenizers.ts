import { Tokenizer } from '@huggingface/tokenizers';
import type { Manifest } from '../../src/engine/data/emoji/manifest.ts';
import { bertVocabulary, wordPieceTokenizerJson } from './bert.ts';
import type { Words } from '../../src/engine/data/text/words.ts';
import { corpus, textCorpus } from './corpus.ts';
import { bpeTokenizerJson, byteLevel, gpt2, gpt2Words, pruneBpe } from './gpt2.ts';
import {
  bpeSpecial,
  chatTemplates,
  templateWords,
  textBpeSpecial,
  textWordPieceSpecial,
  wordPieceSpecial,
} from './special.ts';

/** The files of one tokenizer for one model family, as Hugging Face writes them. */
export interface BuiltTokenizer {
  /** `<tokenizer>-<family>` */
  name: string;
  family: keyof typeof chatTemplates;
  tokenizerJson: ReturnType<typeof bpeTokenizerJson> | ReturnType<typeof wordPieceTokenizerJson>;
  tokenizerConfig: object;
  specialTokensMap: object;
}

const image = '<image>';
const endOfUtterance = '<end_of_utterance>';
const bpeTokens = { pad_token: '<|endoftext|>', unk_token: '<|endoftext|>' };
const wordPieceTokens = { pad_token: '[PAD]', unk_token: '[UNK]' };

/** Both tokenizers pruned to the manifest's corpus, once for each family that uses them. */
export function buildTokenizers(manifest: Manifest): BuiltTokenizer[] {
  const texts = corpus(manifest);
  const bpe = prunedBpeJson(texts, bpeSpecial);
  const wordPiece = prunedWordPieceJson(texts, wordPieceSpecial);
  return [
    files('gpt2-bpe', 'llava', bpe, { eos_token: '<|im_end|>', ...bpeTokens }),
    files('gpt2-bpe', 'idefics3', bpe, { eos_token: endOfUtterance, ...bpeTokens }),
    files('bert-wordpiece', 'idefics3', wordPiece, { eos_token: endOfUtterance, ...wordPieceTokens }),
  ];
}

/** Both tokenizers pruned to the questions without pictures, one for each model of the pair that reads none. */
export function buildTextTokenizers(words: Words): BuiltTokenizer[] {
  const texts = textCorpus(words);
  const wordPiece = prunedWordPieceJson(texts, textWordPieceSpecial);
  return [
    files('text-bpe', 'qwen3', prunedBpeJson(texts, textBpeSpecial), {
      eos_token: '<|im_end|>',
      ...bpeTokens,
    }),
    files('text-wordpiece', 'llama', wordPiece, { eos_token: endOfUtterance, ...wordPieceTokens }),
  ];
}

function prunedBpeJson(texts: readonly string[], special: string[]) {
  const words = [...texts, ...texts.map((text) => ` ${text}`), ...templateWords].flatMap(gpt2Words);
  const { vocab, merges } = pruneBpe(gpt2(), new Set(words.map(byteLevel)));
  return bpeTokenizerJson(vocab, merges, special);
}

/** Keeps the corpus' pieces and every single printable ASCII character, so that any English text has some encoding. */
function prunedWordPieceJson(texts: readonly string[], special: string[]) {
  const full = bertVocabulary();
  const tokenizer = new Tokenizer(
    wordPieceTokenizerJson(
      ['[UNK]'],
      full.filter((token) => token !== '[UNK]'),
    ),
    {},
  );
  const used = new Set([...texts, ...templateWords].flatMap((text) => tokenizer.tokenize(text)));
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  for (const character of printable.filter((c) => !/[A-Z]/.test(c)))
    used.add(character).add(`##${character}`);
  return wordPieceTokenizerJson(
    special,
    full.filter((token) => used.has(token) && !special.includes(token)),
  );
}

function files(
  tokenizer: string,
  family: keyof typeof chatTemplates,
  tokenizerJson: BuiltTokenizer['tokenizerJson'],
  tokens: { eos_token: string; pad_token: string; unk_token: string },
): BuiltTokenizer {
  const special = { bos_token: '<|im_start|>', ...tokens };
  return {
    name: `${tokenizer}-${family}`,
    family,
    tokenizerJson,
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...special,
      ...(tokenizerJson.added_tokens.some(({ content }) => content === image) && { image_token: image }),
      additional_special_tokens: tokenizerJson.added_tokens.map((token) => token.content),
      added_tokens_decoder: Object.fromEntries(
        tokenizerJson.added_tokens.map(({ id, ...token }) => [id, token]),
      ),
      clean_up_tokenization_spaces: false,
      model_max_length: 2048,
      chat_template: chatTemplates[family],
    },
    specialTokensMap: special,
  };
}
