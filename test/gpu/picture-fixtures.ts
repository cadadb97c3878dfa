/** Picture files as cameras and programs write them, made by hand: what no encoder at hand writes. */

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const word = (value: number) => [value >> 8, value & 0xff];

/**
 * A baseline JPEG of 16×8 pixels in two squares of one colour each.
 * @param squares values 0–255 of each component, left and right: one is grey, four are CMYK as Adobe writes it (255 = no ink)
 * @param orientation EXIF's: 6 = to be turned clockwise by a quarter
 */
export function jpeg(
  squares: readonly [left: readonly number[], right: readonly number[]],
  orientation?: number,
): Uint8Array<ArrayBuffer> {
  const components = squares[0].length;
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const segment = (marker: number, ...body: number[]) => [0xff, marker, ...word(body.length + 2), ...body];
  const tiff = [...ascii('MM'), ...word(42), 0, 0, 0, 8, ...word(1), ...word(0x0112), ...word(3), 0, 0, 0, 1];
  const exif = (turned: number) => [...ascii('Exif'), 0, 0, ...tiff, ...word(turned), 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    0xff,
    0xd8,
    ...(orientation === undefined ? [] : segment(0xe1, ...exif(orientation))),
    ...(components === 4 ? segment(0xee, ...ascii('Adobe'), ...word(100), 0, 0, 0, 0, 0) : []),
    // All quantisers are 8: the first coefficient of a square is its value less 128.
    ...segment(0xdb, 0, ...Array<number>(64).fill(8)),
    ...segment(0xc0, 8, ...word(8), ...word(16), components, ...ids.flatMap((id) => [id, 0x11, 0])),
    // Twelve lengths of four bits each, and “no more coefficients” in one bit.
    ...segment(
      0xc4,
      0x00,
      0,
      0,
      0,
      12,
      ...Array<number>(12).fill(0),
      ...Array.from({ length: 12 }, (_, i) => i),
    ),
    ...segment(0xc4, 0x10, 1, ...Array<number>(15).fill(0), 0),
    ...segment(0xda, components, ...ids.flatMap((id) => [id, 0]), 0, 63, 0),
    ...scan(squares),
    0xff,
    0xd9,
  ]);
}

/** The first coefficients, each as the difference from the one before, in Huffman codes. */
function scan(squares: readonly (readonly number[])[]): number[] {
  let bits = '';
  squares.forEach((square, i) =>
    square.forEach((value, component) => {
      const difference = value - (squares[i - 1]?.[component] ?? 128);
      const length = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      const code = difference < 0 ? difference + 2 ** length - 1 : difference;
      bits +=
        length.toString(2).padStart(4, '0') + (length === 0 ? '' : code.toString(2).padStart(length, '0'));
      bits += '0';
    }),
  );
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g)!;
  return bytes.flatMap((byte) => (byte === '11111111' ? [0xff, 0] : [parseInt(byte, 2)]));
}

/** The first bytes of a PNG of so many pixels; there is no more of it. */
export function pngHeader(width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = (value: number) => [value >>> 24, (value >> 16) & 0xff, ...word(value & 0xffff)];
  const signature = [0x89, ...ascii('PNG'), 13, 10, 26, 10];
  return Uint8Array.from([
    ...signature,
    ...size(13),
    ...ascii('IHDR'),
    ...size(width),
    ...size(height),
    // Eight bits, colour and transparency; no checksum.
    ...[8, 6].concat(Array<number>(7).fill(0)),
  ]);
}

/** The first box of a picture from an iPhone. */
export function heicHeader(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    0,
    0,
    0,
    24,
    ...ascii('ftypheic'),
    0,
    0,
    0,
    0,
    ...ascii('mif1heic'),
    ...Array<number>(64).fill(0),
  ]);
}
