import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import { squaresOf, type VlmConfig } from '../config.ts';

/** How to resize a picture, by the numbers of `PIL.Image.Resampling`. */
const filters = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

/** How pictures become pixel values: resized by `filter`, then (x − mean)/std per channel of values in 0–1. */
export interface Preprocessor {
  imageMean: number[];
  imageStd: number[];
  filter: (typeof filters)[number];
}

const edge = z.int().positive();
const sizeSchema = z.union([
  edge,
  z.looseObject({ height: edge, width: edge }),
  z.looseObject({ shortest_edge: edge }),
  z.looseObject({ longest_edge: edge }),
]);
const three = z.array(z.number()).length(3);
const schema = z.looseObject({
  do_resize: z.literal(true).nullish(),
  size: sizeSchema,
  resample: z.int().min(0).max(5).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: sizeSchema.nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: three.nullish(),
  image_std: three.nullish(),
  do_image_splitting: z.boolean().nullish(),
  max_image_size: z.looseObject({ longest_edge: edge }).nullish(),
});

/**
 * Reads a processor's way with pictures, and what it changes of the configuration: how many squares a picture is cut into.
 * @throws EngineError `file-unsupported` naming what cannot be honoured.
 */
export function readPreprocessor(
  json: unknown,
  config: VlmConfig,
  file: string,
): { preprocessor: Preprocessor; config: VlmConfig } {
  const refuse = (reason: string, cause?: unknown) =>
    new EngineError(
      'file-unsupported',
      `“${file}” says no way to prepare pictures that can be followed: ${reason}.`,
      'Use the processor that was saved with the model.',
      { cause },
    );
  const result = schema.safeParse(json, withInput);
  if (!result.success) throw refuse(whatIsWrong(result.error), result.error);
  const given = result.data;
  const { imageSize } = config.vision;
  const cuts = config.connector === 'pixel-shuffle';
  const square = sideOf(cuts ? (given.max_image_size ?? given.size) : given.size);
  if (square !== imageSize)
    throw refuse(`it makes pictures of ${square} pixels, the model reads ${imageSize}`);
  if (given.do_center_crop === true && given.crop_size != null && sideOf(given.crop_size) !== imageSize)
    throw refuse(`crop_size is ${sideOf(given.crop_size)}, the model reads ${imageSize}`);
  // The processors of these models cut unless told otherwise.
  const cut = cuts && (given.do_image_splitting ?? true);
  const grid = cut ? Math.ceil(sideOf(given.size) / imageSize) : 1;
  // Pixels are read as 0–1 here, as 0–255 there.
  const factor = given.do_rescale === false ? 255 : 255 * (given.rescale_factor ?? 1 / 255);
  const unscaled = (value: number) => (Math.abs(factor - 1) < 1e-6 ? value : value / factor);
  const normalises = given.do_normalize !== false;
  if (normalises && (given.image_mean == null || given.image_std == null))
    throw refuse(`${given.image_mean == null ? 'image_mean' : 'image_std'} is missing`);
  return {
    preprocessor: {
      imageMean: (normalises ? given.image_mean! : [0, 0, 0]).map(unscaled),
      imageStd: (normalises ? given.image_std! : [1, 1, 1]).map(unscaled),
      filter: filters[given.resample ?? (cuts ? 1 : 3)]!,
    },
    config: { ...config, grid, imageTokens: config.imageTokens * squaresOf({ grid }) },
  };
}

/** The side that a square picture gets. */
function sideOf(size: z.output<typeof sizeSchema> | { longest_edge: number }): number {
  if (typeof size === 'number') return size;
  if ('height' in size) return size.height as number;
  return (
    (size as { shortest_edge?: number }).shortest_edge ?? (size as { longest_edge: number }).longest_edge
  );
}
