import sharp from 'sharp';
import type { DecodePicture } from '../engine/data/own/fit-picture.ts';

/** Pictures as a browser decodes them: the way up that the camera noted, in sRGB. */
export const decodePicture: DecodePicture = async (bytes, most) => {
  const picture = sharp(bytes)
    .autoOrient()
    .resize({ width: most, height: most, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha();
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgba: Uint8ClampedArray.from(data) };
};
