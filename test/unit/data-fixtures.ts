import { readFile } from 'node:fs/promises';
import { buildTokenizers } from '../../scripts/tokenizers/tokenizers.ts';
import { parseManifest, type Manifest } from '../../src/engine/data/manifest.ts';
import { loadSheets, type Sheets } from '../../src/engine/data/pictures.ts';

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

/** Tokenizer files as the build script writes them. */
export function builtTokenizer(manifest: Manifest, name: string) {
  return buildTokenizers(manifest).find((built) => built.name === name)!;
}
