import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseManifest } from '../../src/engine/data/emoji/manifest.ts';
import { parseWords } from '../../src/engine/data/text/words.ts';
import { buildTextTokenizers, buildTokenizers } from './tokenizers.ts';

/** Writes build/tokenizers/<tokenizer>-<family>; checkpoints get copies of these files. */
const read = async (file: string) => JSON.parse(await readFile(`public/data/${file}`, 'utf8')) as unknown;
const built = [
  ...buildTokenizers(parseManifest(await read('manifest.json'))),
  ...buildTextTokenizers(parseWords(await read('text.json'))),
];
for (const { name, tokenizerJson, tokenizerConfig, specialTokensMap } of built) {
  const folder = path.join('build/tokenizers', name);
  await mkdir(folder, { recursive: true });
  const write = (file: string, value: unknown) =>
    writeFile(path.join(folder, file), `${JSON.stringify(value, null, 1)}\n`);
  await write('tokenizer.json', tokenizerJson);
  await write('tokenizer_config.json', tokenizerConfig);
  await write('special_tokens_map.json', specialTokensMap);
  const { model, added_tokens } = tokenizerJson;
  console.log(`${name}: ${Object.keys(model.vocab).length} tokens and ${added_tokens.length} special ones`);
}
