import type { Dataset } from './dataset.ts';
import type { Example } from './example.ts';
import { boxFilter } from './picture.ts';

/** What the files of a model say of the pictures it reads. */
export interface PictureReader {
  config: { vision: { imageSize: number; patchSize: number } };
  checkpoint: { preprocessor: { imageMean: readonly number[]; imageStd: readonly number[] } };
}

/**
 * Pictures as a model reads them: the one way from a data set or a person to the GPU.
 * @param pictures B times [S, S, 3] in 0–1
 * @returns patches [B·P, 3·p·p]
 */
export function modelPatches(
  model: PictureReader,
  pictures: readonly Float32Array[],
): Float32Array<ArrayBuffer> {
  const { imageSize, patchSize } = model.config.vision;
  const { imageMean, imageStd } = model.checkpoint.preprocessor;
  const patches = new Float32Array(pictures.length * patchWords(model));
  const rows = (imageSize / patchSize) ** 2;
  pictures.forEach((picture, b) =>
    toPatches(
      toPixelValues(picture, imageSize, imageMean, imageStd),
      imageSize,
      patchSize,
      patches,
      b * rows,
    ),
  );
  return patches;
}

/** The same of the pictures that examples show. */
export function examplePatches(
  model: PictureReader,
  data: Pick<Dataset, 'pixels'>,
  examples: readonly Example[],
): Float32Array<ArrayBuffer> {
  return modelPatches(
    model,
    examples.map(({ picture }) => data.pixels(picture)),
  );
}

/** Numbers in one picture's patches, P·3·p². */
export function patchWords({ config }: Pick<PictureReader, 'config'>): number {
  return 3 * config.vision.imageSize ** 2;
}

/** A picture as a model's preprocessor sees it: box-filtered to [size, size, 3], then (x − mean)/std per channel. */
export function toPixelValues(
  picture: Float32Array,
  size: number,
  mean: readonly number[],
  std: readonly number[],
): Float32Array {
  const pixels = boxFilter(picture, size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i]! - mean[i % 3]!) / std[i % 3]!;
  return pixels;
}

/**
 * Cuts pixel values into patches in the order of a convolution kernel's weights (channel, row, column), so that the patch
 * embedding is one matrix product. pixels [S, S, 3] → written to `out` at row `firstRow`: [(S/p)², 3·p·p].
 */
function toPatches(
  pixels: Float32Array,
  size: number,
  patch: number,
  out: Float32Array,
  firstRow: number,
): void {
  const across = size / patch;
  const width = 3 * patch * patch;
  for (let py = 0; py < across; py++)
    for (let px = 0; px < across; px++) {
      const row = (firstRow + py * across + px) * width;
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < patch; y++)
          for (let x = 0; x < patch; x++)
            out[row + (c * patch + y) * patch + x] =
              pixels[((py * patch + y) * size + px * patch + x) * 3 + c]!;
    }
}
