import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buildTokenizers } from '../../scripts/tokenizers/tokenizers.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import { emojiDataset } from '../../src/engine/data/emoji/dataset.ts';
import { parseManifest, type Manifest } from '../../src/engine/data/emoji/manifest.ts';
import { loadSheets, type Sheets } from '../../src/engine/data/emoji/pictures.ts';
import { loadTokenizer, type VlmTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';

/** The shipped manifest. */
export async function shippedManifest(): Promise<Manifest> {
  return parseManifest(JSON.parse(await readFile('public/data/manifest.json', 'utf8')));
}

export async function sheetBytes(sheet: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(`public/data/${sheet}`));
}

let sheets: Promise<Sheets> | undefined;

/** The shipped sheets, decoded once per test file. */
export function shippedSheets(manifest: Manifest): Promise<Sheets> {
  return (sheets ??= loadSheets(manifest, sheetBytes));
}

export async function shippedDataset(): Promise<Dataset> {
  const manifest = await shippedManifest();
  return emojiDataset(manifest, await shippedSheets(manifest));
}

/** Tokenizer files as the build script writes them. */
export function builtTokenizer(manifest: Manifest, name: string) {
  return buildTokenizers(manifest).find((built) => built.name === name)!;
}

/** The tokenizer of a shipped checkpoint. */
export function shippedTokenizer(name: string, family: string): VlmTokenizer {
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(`public/checkpoints/${name}/${file}`, 'utf8'));
  return loadTokenizer(
    { tokenizerJson: read('tokenizer.json'), tokenizerConfig: read('tokenizer_config.json') },
    { family, imageTokens: 4, grid: 1 },
  );
}
