import { describe, expect, it } from 'vitest';
import { readPictureFile } from '../../src/panels/side-by-side/picture-file.ts';
import { heicHeader, jpeg, pngHeader } from './picture-fixtures.ts';

const svg = (attributes: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}><script>window.ran = true</script><rect width="36" height="36" fill="#d00"/></svg>`;

/** The pixel at x, y of a picture that could be read. */
async function drawn(file: Blob): Promise<(x: number, y: number) => number[]> {
  const pixels = await readPictureFile(file, 64);
  if (!(pixels instanceof Uint8ClampedArray)) throw new Error(pixels.message);
  return (x, y) => Array.from(pixels.subarray((y * 64 + x) * 4, (y * 64 + x) * 4 + 3));
}

async function refusal(file: Blob): Promise<string> {
  const failure = await readPictureFile(file, 64);
  if (failure instanceof Uint8ClampedArray) throw new Error('was drawn');
  expect(failure.action).toMatch(/^[A-Z].*\.$/);
  return `${failure.message} ${failure.action}`;
}

const isDark = (pixel: number[]) => pixel.every((value) => value < 40);
const isLight = (pixel: number[]) => pixel.every((value) => value > 215);
const isRed = ([red, green, blue]: number[]) => red! > 170 && green! < 90 && blue! < 90;

describe('a picture from a file', () => {
  it('is the way up that its camera noted', async () => {
    const lying = await drawn(new Blob([jpeg([[0], [255]])]));
    expect([isDark(lying(16, 32)), isLight(lying(48, 32)), isLight(lying(32, 8))]).toEqual([
      true,
      true,
      true,
    ]);
    const upright = await drawn(new Blob([jpeg([[0], [255]], 6)]));
    expect([isDark(upright(32, 16)), isLight(upright(32, 48)), isLight(upright(8, 16))]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('may have printer’s colours', async () => {
    const none = 255;
    const pixel = await drawn(
      new Blob([
        jpeg([
          [none, 0, 0, none],
          [none, none, none, none],
        ]),
      ]),
    );
    expect(isRed(pixel(16, 32)), String(pixel(16, 32))).toBe(true);
    expect(isLight(pixel(48, 32)), String(pixel(48, 32))).toBe(true);
  });

  it.each(['viewBox="0 0 36 36"', 'width="36" height="36"', 'width="1em" height="1em" viewBox="0 0 36 36"'])(
    'may be an SVG with %s; its scripts do not run',
    async (attributes) => {
      const pixel = await drawn(new Blob([svg(attributes)], { type: 'image/svg+xml' }));
      for (const [x, y] of [
        [2, 2],
        [61, 2],
        [32, 32],
        [2, 61],
      ] as const)
        expect(isRed(pixel(x, y)), `${x}, ${y}`).toBe(true);
      expect('ran' in window).toBe(false);
    },
  );

  it.each([
    [
      '20,000 × 20,000 pixels',
      pngHeader(20_000, 20_000),
      '',
      /20,000 × 20,000 pixels: too many.*64 megapixels/,
    ],
    ['HEIC', heicHeader(), '', /a HEIC picture.*JPEG/],
    ['TIFF', Uint8Array.of(73, 73, 42, 0), 'image/tiff', /a TIFF picture.*PNG or JPEG/],
    ['a PNG that is cut short', pngHeader(8, 8), 'image/png', /PNG file is damaged or cut short/],
    ['an SVG that is none', new TextEncoder().encode('<svg xmlns='), 'image/svg+xml', /SVG file is damaged/],
    ['nothing', new Uint8Array(0), 'image/png', /is empty/],
    [
      'a text',
      new TextEncoder().encode('no picture'),
      'text/plain',
      /not a picture that this browser can read/,
    ],
  ])('is refused in words: %s', async (_, bytes, type, words) => {
    expect(await refusal(new Blob([bytes], { type }))).toMatch(words);
  });
});
