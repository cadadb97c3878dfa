import { describe, expect, it } from 'vitest';
import { composeScene, loadSheets } from '../../src/engine/data/emoji/pictures.ts';
import type { Scene } from '../../src/engine/data/emoji/scene.ts';
import { toPixelValues } from '../../src/engine/data/preprocess.ts';
import { sheetBytes, shippedManifest, shippedSheets } from './data-fixtures.ts';

const manifest = await shippedManifest();
const sheets = await shippedSheets(manifest);
const conceptNamed = (name: string) => manifest.concepts.findIndex((concept) => concept.name === name);
const scene = (grid: 1 | 2, placements: [name: string, style: string, cell: number][]): Scene => ({
  grid,
  placements: placements.map(([name, style, cell]) => ({ concept: conceptNamed(name), style, cell })),
});
const at = (pixels: Float32Array, side: number, x: number, y: number, c: number) =>
  pixels[(y * side + x) * 3 + c]!;

describe('composeScene', () => {
  it('shows a single drawing pixel for pixel', () => {
    const canvas = composeScene(scene(1, [['dog', 'twemoji', 0]]), sheets);
    const picture = sheets.picture(conceptNamed('dog'), 'twemoji');
    expect(Array.from(canvas, (v) => Math.round(v * 255))).toEqual(Array.from(picture));
    expect(new Set(picture).size).toBeGreaterThan(20);
  });

  it('halves drawings into their quadrants and leaves the others white', () => {
    const canvas = composeScene(
      scene(2, [
        ['dog', 'twemoji', 1],
        ['apple', 'noto', 2],
      ]),
      sheets,
    );
    const quadrants = [undefined, ['dog', 'twemoji'], ['apple', 'noto'], undefined] as const;
    quadrants.forEach((drawn, cell) => {
      const picture = drawn && sheets.picture(conceptNamed(drawn[0]), drawn[1]);
      for (let y = 0; y < 32; y++)
        for (let x = 0; x < 32; x++)
          for (let c = 0; c < 3; c++) {
            const sum = picture
              ? [0, 1, 64, 65].reduce((s, offset) => s + picture[(2 * y * 64 + 2 * x + offset) * 3 + c]!, 0)
              : 4 * 255;
            const actual = at(canvas, 64, (cell % 2) * 32 + x, (cell >> 1) * 32 + y, c);
            if (Math.abs(actual - sum / 4 / 255) > 1e-6)
              expect.fail(`cell ${cell}, ${x},${y},${c}: ${actual}`);
          }
    });
  });

  it('refuses a drawing the style does not have', () => {
    const style = manifest.styles.find(({ cells }) => cells.includes(-1))!;
    const name = manifest.concepts[style.cells.indexOf(-1)]!.name;
    expect(() => composeScene(scene(1, [[name, style.key, 0]]), sheets)).toThrow(RangeError);
  });
});

describe('toPixelValues', () => {
  const canvas = composeScene(scene(1, [['guitar', 'noto', 0]]), sheets);
  const half = { imageMean: [0.5, 0.5, 0.5], imageStd: [0.5, 0.5, 0.5], filter: 'box' as const };

  it.each([64, 32, 16])('averages blocks at %d pixels and normalises', (size) => {
    const values = toPixelValues(canvas, size, half);
    expect(values).toHaveLength(size * size * 3);
    const factor = 64 / size;
    for (const [x, y] of [
      [0, 0],
      [size / 2, size / 3],
      [size - 1, size - 1],
    ].map((point) => point.map(Math.floor)) as [number, number][])
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++)
          for (let dx = 0; dx < factor; dx++) sum += at(canvas, 64, x * factor + dx, y * factor + dy, c);
        expect(at(values, size, x, y, c)).toBeCloseTo((sum / factor ** 2 - 0.5) / 0.5, 5);
      }
  });

  it('applies mean and deviation per channel and leaves the canvas alone', () => {
    const before = canvas.slice();
    const values = toPixelValues(canvas, 64, { ...half, imageMean: [0.1, 0.2, 0.3], imageStd: [1, 2, 4] });
    for (let c = 0; c < 3; c++)
      expect(at(values, 64, 30, 30, c)).toBeCloseTo(
        (at(canvas, 64, 30, 30, c) - [0.1, 0.2, 0.3][c]!) / [1, 2, 4][c]!,
        6,
      );
    expect(canvas).toEqual(before);
  });
});

describe('loadSheets', () => {
  const damage = (bytes: Uint8Array) => {
    const copy = bytes.slice();
    copy[copy.length >> 1]! ^= 1;
    return copy;
  };

  it('fetches a damaged cached copy once more', async () => {
    const requests: string[] = [];
    const loaded = await loadSheets(manifest, async (sheet, { fresh }) => {
      requests.push(`${sheet}${fresh ? ' fresh' : ''}`);
      const bytes = await sheetBytes(sheet);
      return sheet === 'noto.png' && !fresh ? damage(bytes) : bytes;
    });
    expect(requests.filter((request) => request.endsWith('fresh'))).toEqual(['noto.png fresh']);
    expect(loaded.picture(0, 'noto')).toEqual(sheets.picture(0, 'noto'));
  });

  it('names the sheet when one flipped bit stays', async () => {
    const load = loadSheets(manifest, async (sheet) => {
      const bytes = await sheetBytes(sheet);
      return sheet === 'noto-v1.png' ? damage(bytes) : bytes;
    });
    await expect(load).rejects.toMatchObject({
      code: 'file-corrupt',
      message: expect.stringContaining('noto-v1.png') as string,
    });
  });
});
