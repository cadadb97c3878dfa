import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelPatches } from '../../src/engine/data/preprocess.ts';
import { resize } from '../../src/engine/data/resize.ts';
import type { Preprocessor } from '../../src/engine/models/checkpoints/preprocessor.ts';

interface Case {
  from: number;
  to: number;
  filter: Preprocessor['filter'];
  kind: 'faint' | 'strong';
  values: number[];
}
const cases = JSON.parse(readFileSync('test/fixtures/resize.json', 'utf8')) as Case[];

/** The picture of pytorch/make_resize_fixtures.py in three channels, the second one upside down in its values. */
function picture(side: number): Float32Array {
  return Float32Array.from({ length: side * side * 3 }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / side), Math.floor(i / 3) % side];
    const value = ((7 * y * y + 15 * x + x * y) % 11) / 10;
    return i % 3 === 1 ? 1 - value : value;
  });
}

describe('resizing a picture', () => {
  it.each(cases)('$from → $to pixels, $filter, $kind, is what Pillow makes', (made) => {
    const { from, to, filter, kind, values } = made;
    const source = picture(from).map((value) => (kind === 'faint' ? 0.35 + 0.3 * value : value));
    const found = resize(source, to, filter);
    // Bytes are rounded twice.
    const most = kind === 'faint' ? 1e-5 : 2 / 255;
    values.forEach((value, i) => {
      expect(Math.abs(found[i * 3]! - value)).toBeLessThan(most);
      expect(Math.abs(found[i * 3 + 1]! - (1 - value))).toBeLessThan(most);
    });
  });
});

describe('a picture that is cut into squares', () => {
  const preprocessor: Preprocessor = { imageMean: [0, 0, 0], imageStd: [1, 1, 1], filter: 'nearest' };

  it('is read square by square, row by row, and then whole', () => {
    const model = {
      config: { vision: { imageSize: 4, patchSize: 4 }, grid: 2 },
      checkpoint: { preprocessor },
    };
    const source = picture(8);
    const patches = modelPatches(model, [source]);
    expect(patches).toHaveLength(5 * 3 * 16);
    const at = (square: number, c: number, y: number, x: number) => patches[square * 48 + c * 16 + y * 4 + x];
    const pixel = (y: number, x: number, c: number) => source[(y * 8 + x) * 3 + c];
    expect([at(0, 0, 0, 0), at(1, 1, 2, 3), at(2, 2, 1, 0), at(3, 0, 3, 3)]).toEqual([
      pixel(0, 0, 0),
      pixel(2, 7, 1),
      pixel(5, 0, 2),
      pixel(7, 7, 0),
    ]);
    expect(at(4, 0, 1, 2)).toBe(pixel(3, 5, 0));
  });

  it('loses what no whole patch covers', () => {
    const model = {
      config: { vision: { imageSize: 7, patchSize: 3 }, grid: 1 },
      checkpoint: { preprocessor },
    };
    const source = picture(7);
    const patches = modelPatches(model, [source]);
    expect(patches).toHaveLength(4 * 27);
    expect(patches[3 * 27 + 2 * 3 + 2]).toBe(source[(5 * 7 + 5) * 3]);
  });
});
