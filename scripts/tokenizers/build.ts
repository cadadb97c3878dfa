import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { parseManifest } from '../../src/engine/data/manifest.ts';
import { bertVocabulary, wordPieceTokenizerJson } from './bert.ts';
import { corpus } from './corpus.ts';
import { bpeTokenizerJson, byteLevel, gpt2, gpt2Words, pruneBpe } from './gpt2.ts';
import { bpeSpecial, chatTemplates, templateWords, wordPieceSpecial } from './special.ts';

/** Writes build/tokenizers: both tokenizers pruned to the corpus, once per model family; checkpoints get copies. */
const manifest = parseManifest(JSON.parse(await readFile('public/data/manifest.json', 'utf8')));
const texts = corpus(manifest);

const bpe = pruneBpe(
  gpt2(),
  new Set([...texts, ...texts.map((text) => ` ${text}`), ...templateWords].flatMap(gpt2Words).map(byteLevel)),
);
const bpeJson = bpeTokenizerJson(bpe.vocab, bpe.merges, bpeSpecial);

const full = bertVocabulary();
const fullTokenizer = new Tokenizer(wordPieceTokenizerJson(['[UNK]'], full.filter((t) => t !== '[UNK]')), {});
const used = new Set([...texts, ...templateWords].flatMap((text) => fullTokenizer.tokenize(text)));
const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter((c) => !/[A-Z]/.test(c));
for (const c of ascii) used.add(c).add(`##${c}`);
const wordPieceJson = wordPieceTokenizerJson(
  wordPieceSpecial,
  full.filter((token) => used.has(token) && !wordPieceSpecial.includes(token)),
);

const folders = [
  { name: 'gpt2-bpe-llava', json: bpeJson, eos: '<|im_end|>', pad: '<|endoftext|>', unk: '<|endoftext|>', template: chatTemplates.llava },
  { name: 'gpt2-bpe-idefics3', json: bpeJson, eos: '<end_of_utterance>', pad: '<|endoftext|>', unk: '<|endoftext|>', template: chatTemplates.idefics3 },
  { name: 'bert-wordpiece-idefics3', json: wordPieceJson, eos: '<end_of_utterance>', pad: '[PAD]', unk: '[UNK]', template: chatTemplates.idefics3 },
] as const;
for (const { name, json, eos, pad, unk, template } of folders) {
  const folder = path.join('build/tokenizers', name);
  await mkdir(folder, { recursive: true });
  const special = { bos_token: '<|im_start|>', eos_token: eos, pad_token: pad, unk_token: unk };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...special,
    image_token: '<image>',
    additional_special_tokens: json.added_tokens.map((token) => token.content),
    added_tokens_decoder: Object.fromEntries(json.added_tokens.map(({ id, ...token }) => [id, token])),
    clean_up_tokenization_spaces: false,
    model_max_length: 2048,
    chat_template: template,
  };
  const write = (file: string, value: unknown) =>
    writeFile(path.join(folder, file), `${JSON.stringify(value, null, 1)}\n`);
  await write('tokenizer.json', json);
  await write('tokenizer_config.json', config);
  await write('special_tokens_map.json', special);
  console.log(`${name}: ${Object.keys(json.model.vocab).length} tokens and ${json.added_tokens.length} special ones`);
}
