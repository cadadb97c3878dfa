import type { Dataset, Pictures } from './dataset.ts';
import type { Example } from './example.ts';
import { toRgba } from './picture.ts';
import { resize } from './resize.ts';

/** Pixels along a side that a person is shown: a record holds the pictures of all its questions. */
const mostShown = 128;

/** The picture an example is about, [S, S, 3] in 0–1. @throws RangeError where it is about none. */
export function pixelsOf({ pictures }: Pick<Dataset, 'pictures'>, { picture, id }: Example): Float32Array {
  if (pictures === undefined || picture === undefined) throw new RangeError(`“${id}” is about no picture`);
  return pictures.pixels(picture);
}

/** The same as RGBA bytes, for showing; undefined where an example is about no picture. */
export function shownPicture(
  { pictures }: Pick<Dataset, 'pictures'>,
  { picture }: Pick<Example, 'picture'>,
): Uint8ClampedArray<ArrayBuffer> | undefined {
  return pictures && picture !== undefined ? thumbnailOf(pictures, picture) : undefined;
}

/** A picture by its key for a person to see, as square RGBA bytes; a large one is made small. */
export function thumbnailOf(pictures: Pictures, picture: string): Uint8ClampedArray<ArrayBuffer> {
  const pixels = pictures.pixels(picture);
  return toRgba(pictures.size > mostShown ? resize(pixels, mostShown, 'bilinear') : pixels);
}
