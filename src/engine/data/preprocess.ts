import type { ModelConfig } from '../models/config.ts';
import type { Dataset } from './dataset.ts';
import type { Example } from './example.ts';
import { pixelsOf } from './picture-of.ts';
import type { Preprocessor } from '../models/checkpoints/preprocessor.ts';
import { resize } from './resize.ts';

/** What the files of a model say of the pictures it reads. */
export interface PictureReader {
  config: {
    vision: { imageSize: number; patchSize: number };
    /** Squares along a side that a picture is cut into before it is read whole as well; 1 = whole alone. */
    grid: number;
  };
  checkpoint: { preprocessor: Preprocessor };
}

/** A model as it reads pictures; undefined where it reads none. */
export function pictureReader({
  config,
  checkpoint,
}: {
  config: ModelConfig;
  checkpoint: { preprocessor?: Preprocessor | undefined };
}): PictureReader | undefined {
  const { preprocessor } = checkpoint;
  if (config.vision === undefined || preprocessor === undefined) return undefined;
  return { config, checkpoint: { preprocessor } };
}

/**
 * Pictures as a model reads them: the one way from a data set or a person to the GPU.
 * @param pictures B times [S, S, 3] in 0–1
 * @returns patches [B·P, 3·p·p], those of all squares of a picture one behind the other
 */
export function modelPatches(
  model: PictureReader,
  pictures: readonly Float32Array[],
): Float32Array<ArrayBuffer> {
  const { imageSize, patchSize } = model.config.vision;
  const across = Math.floor(imageSize / patchSize);
  const rows = across ** 2;
  const patches = new Float32Array(pictures.length * patchWords(model));
  pictures
    .flatMap((picture) => squares(picture, model))
    .forEach((square, i) => {
      const pixels = toPixelValues(square, imageSize, model.checkpoint.preprocessor);
      toPatches(pixels, imageSize, across, patchSize, patches, i * rows);
    });
  return patches;
}

/** The same of the pictures that examples show; undefined where the model reads none. */
export function examplePatches(
  model: Parameters<typeof pictureReader>[0],
  data: Pick<Dataset, 'pictures'>,
  examples: readonly Example[],
): Float32Array<ArrayBuffer> | undefined {
  const reader = pictureReader(model);
  return (
    reader &&
    modelPatches(
      reader,
      examples.map((example) => pixelsOf(data, example)),
    )
  );
}

/** Numbers in one picture's patches, P·3·p². */
export function patchWords({ config }: Pick<PictureReader, 'config'>): number {
  const { imageSize, patchSize } = config.vision;
  const squareCount = config.grid === 1 ? 1 : config.grid ** 2 + 1;
  return squareCount * 3 * (Math.floor(imageSize / patchSize) * patchSize) ** 2;
}

/** What the encoder reads of a picture, each as a picture: the squares of its enlargement, row by row, and the whole; or the whole alone. */
function squares(picture: Float32Array, { config, checkpoint }: PictureReader): Float32Array[] {
  const { grid } = config;
  if (grid === 1) return [picture];
  const size = config.vision.imageSize;
  const whole = resize(picture, grid * size, checkpoint.preprocessor.filter);
  const cut = Array.from({ length: grid ** 2 }, (_, i) => {
    const square = new Float32Array(size * size * 3);
    const [top, left] = [Math.floor(i / grid) * size, (i % grid) * size];
    for (let y = 0; y < size; y++) {
      const from = ((top + y) * grid * size + left) * 3;
      square.set(whole.subarray(from, from + size * 3), y * size * 3);
    }
    return square;
  });
  return [...cut, whole];
}

/** A picture as a model's preprocessor sees it: resized to [size, size, 3], then (x − mean)/std per channel. */
export function toPixelValues(
  picture: Float32Array,
  size: number,
  { imageMean: mean, imageStd: std, filter }: Preprocessor,
): Float32Array {
  const pixels = resize(picture, size, filter);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i]! - mean[i % 3]!) / std[i % 3]!;
  return pixels;
}

/**
 * Cuts pixel values into patches in the order of a convolution kernel's weights (channel, row, column), so that the patch
 * embedding is one matrix product. pixels [S, S, 3] → written to `out` at row `firstRow`: [across², 3·p·p]. What is left over at the right and at the
 * bottom is not read.
 */
function toPatches(
  pixels: Float32Array,
  size: number,
  across: number,
  patch: number,
  out: Float32Array,
  firstRow: number,
): void {
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
