import { fromRgba } from '../picture.ts';
import { resample, type Extent, type Filter } from '../resize.ts';

/** A picture as it was decoded, the way up that its camera noted. */
export interface DecodedPicture extends Extent {
  /** [height, width, 4] */
  rgba: Uint8ClampedArray;
}

/**
 * Decodes the bytes of a PNG, JPEG or WebP.
 * @param most the longest side that is of use: a larger picture may come in any size from there on
 * @throws anything, where they cannot be decoded
 */
export type DecodePicture = (bytes: Uint8Array<ArrayBuffer>, most: number) => Promise<DecodedPicture>;

/** How a data set's pictures are made square. */
export interface PictureShape {
  /** In pixels. */
  side: number;
  filter: Filter;
}

/** A whole picture in the middle of a white square, as wide or high as fits: bytes [S, S, 3]. */
export function fitPicture({ width, height, rgba }: DecodedPicture, shape: PictureShape): Uint8Array {
  const { side, filter } = shape;
  const scale = side / Math.max(width, height);
  const to = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const picture = fromRgba(rgba);
  const fitted = scale === 1 ? picture : resample(picture, { width, height }, to, filter);
  const square = new Uint8Array(side * side * 3).fill(255);
  const [left, top] = [(side - to.width) >> 1, (side - to.height) >> 1];
  for (let y = 0; y < to.height; y++)
    for (let i = 0; i < to.width * 3; i++)
      square[((top + y) * side + left) * 3 + i] = Math.round(255 * fitted[y * to.width * 3 + i]!);
  return square;
}
