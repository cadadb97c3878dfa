import type { EngineFailure } from '../../engine/errors.ts';

const side = 64;

/** Larger files take seconds to decode, and nobody's picture needs them. */
const largestFile = 20e6;

/** Any picture the browser can decode, fitted into 64×64 on white. */
export async function readPictureFile(file: Blob): Promise<Uint8ClampedArray<ArrayBuffer> | EngineFailure> {
  if (file.size > largestFile)
    return {
      code: 'data-invalid',
      message: `The file has ${Math.round(file.size / 1e6)} MB; pictures may have ${largestFile / 1e6} MB.`,
      action: 'Choose a smaller picture.',
    };
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined)
    return {
      code: 'data-invalid',
      message: 'The file is not a picture that this browser can read.',
      action: 'Choose a PNG, JPEG, WebP or GIF file.',
    };
  const pixels = fitted(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return pixels;
}

/** Draws a whole picture into the middle of a white square, as wide or high as fits. */
export function fitted(
  source: CanvasImageSource,
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  const scale = side / Math.max(width, height);
  const [w, h] = [Math.max(1, width * scale), Math.max(1, height * scale)];
  context.drawImage(source, (side - w) / 2, (side - h) / 2, w, h);
  // A canvas gives bytes of its own; TypeScript's type is wider.
  return Uint8ClampedArray.from(context.getImageData(0, 0, side, side).data);
}
