import { pictureReader, type PictureReader } from '../preprocess.ts';
import type { PictureShape } from './fit-picture.ts';

/** Pictures that models read in fewer pixels are kept in these at least: people look at them too. */
const leastSide = 64;
/** Of a model that cuts pictures into squares, more pixels than these are not kept. */
const mostSide = 1024;

/**
 * How pictures are kept for these models: as the one that reads the most pixels would make them smaller.
 * @returns undefined for models that read none
 */
export function pictureShapeFor(
  models: readonly Parameters<typeof pictureReader>[0][],
): PictureShape | undefined {
  const size = ({ config: { vision, grid } }: PictureReader) =>
    Math.max(vision.imageSize, Math.min(vision.imageSize * grid, mostSide));
  const readers = models.flatMap((model) => pictureReader(model) ?? []);
  if (readers.length === 0) return undefined;
  const finest = readers.reduce((a, b) => (size(b) > size(a) ? b : a));
  const side = size(finest);
  // A whole multiple: the model's own filter does the rest, as with a larger picture.
  return { side: side * Math.ceil(leastSide / side), filter: finest.checkpoint.preprocessor.filter };
}
