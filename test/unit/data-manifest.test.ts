import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { dataCard } from '../../scripts/data/card.ts';
import { rasteriseAll } from '../../scripts/data/rasterise.ts';
import { StyleDrawings, styleSources } from '../../scripts/data/styles.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { parseManifest } from '../../src/engine/data/emoji/manifest.ts';
import { sheetBytes, shippedManifest, shippedSheets } from './data-fixtures.ts';

const require = createRequire(import.meta.url);
const manifest = await shippedManifest();
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('the shipped manifest', () => {
  it('carries the hash of its own content', () => {
    const { hash, ...body } = manifest;
    expect(sha256(JSON.stringify(body))).toBe(hash);
  });

  it('describes the sheets as they are', async () => {
    for (const { sheet, bytes, sha256: expected } of manifest.styles) {
      const data = await sheetBytes(sheet);
      expect(data.length).toBe(bytes);
      expect(sha256(data)).toBe(expected);
    }
  });

  it('names package versions that are installed', () => {
    for (const style of manifest.styles)
      expect((require(`${style.package}/package.json`) as { version: string }).version).toBe(style.version);
  });

  it('has unique one-word names, and each style one cell per drawing', () => {
    const names = manifest.concepts.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+$/);
    for (const { cells } of manifest.styles) {
      expect(cells).toHaveLength(names.length);
      const used = cells.filter((cell) => cell >= 0);
      expect([...used].sort((a, b) => a - b)).toEqual(used.map((_, i) => i));
    }
  });

  it('draws every concept in all training styles, and holds out concepts of several kinds', () => {
    for (const style of manifest.styles.filter(({ role }) => role === 'train'))
      expect(style.cells).not.toContain(-1);
    const heldOut = manifest.concepts.filter(({ split }) => split === 'held-out-concept');
    expect(heldOut.length).toBeGreaterThanOrEqual(16);
    expect(new Set(heldOut.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(8);
    // A kind can only be told of an unseen concept if training shows the kind.
    const trained = new Set(
      manifest.concepts.filter(({ split }) => split === 'train').map(({ kind }) => kind),
    );
    for (const { kind } of heldOut) expect(trained).toContain(kind);
  });

  it('has the data card it generates', async () => {
    expect(await readFile('public/data/README.md', 'utf8')).toBe(dataCard(manifest));
  });

  it('is refused in plain words when a field is damaged', () => {
    const damaged = { ...manifest, columns: 'sixteen' };
    expect(() => parseManifest(damaged)).toThrow(EngineError);
    expect(() => parseManifest(damaged)).toThrow(/columns/);
  });
});

describe('sprite sheets', () => {
  it.each(manifest.styles.map(({ key }) => key))('%s shows the package’s own drawings', async (key) => {
    const sheets = await shippedSheets(manifest);
    const drawings = new StyleDrawings(styleSources.find((source) => source.key === key)!);
    for (const name of ['dog', 'apple', 'car', 'guitar']) {
      const concept = manifest.concepts.findIndex((candidate) => candidate.name === name);
      const picture = new Resvg(drawings.svg(manifest.concepts[concept]!.id), {
        fitTo: { mode: 'width', value: 64 },
        background: '#ffffff',
      }).render();
      expect([picture.width, picture.height]).toEqual([64, 64]);
      const rgb = picture.pixels.filter((_, i) => i % 4 !== 3);
      expect(Buffer.compare(sheets.picture(concept, key), rgb)).toBe(0);
    }
  });

  it('have no two equal drawings of one concept in different styles', async () => {
    const sheets = await shippedSheets(manifest);
    manifest.concepts.forEach((_, concept) => {
      const drawn = manifest.styles.filter(({ cells }) => cells[concept]! >= 0);
      const hashes = drawn.map(({ key }) => sha256(sheets.picture(concept, key)));
      expect(new Set(hashes).size).toBe(drawn.length);
    });
  });
});

it('survives drawings that abort the rasteriser', async () => {
  const noto = new StyleDrawings(styleSources.find(({ key }) => key === 'noto')!);
  const pictures = await rasteriseAll([noto.svg('dog'), noto.svg('package'), noto.svg('cat')]);
  expect(pictures.map((picture) => picture?.length)).toEqual([64 * 64 * 3, undefined, 64 * 64 * 3]);
}, 60_000);
