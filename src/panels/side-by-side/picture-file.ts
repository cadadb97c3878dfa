import { imageSize } from 'image-size';
import type { EngineFailure } from '../../engine/errors.ts';

/** Larger files take seconds to decode, and nobody's picture needs them. */
const largestFile = 20e6;
/** Decoded, a picture takes four bytes a pixel, however small its file is; cameras of telephones have up to 50 megapixels. */
const mostPixels = 64e6;

/** Any picture the browser can draw, the way up that its camera noted, fitted into a white square of side `side`: its RGBA bytes. */
export async function readPictureFile(
  file: Blob,
  side: number,
): Promise<Uint8ClampedArray<ArrayBuffer> | EngineFailure> {
  if (file.size === 0) return refused('The file is empty.', 'Choose another picture.');
  if (file.size > largestFile)
    return refused(
      `The file has ${Math.round(file.size / 1e6)} MB; pictures may have ${largestFile / 1e6} MB.`,
      'Choose a smaller picture.',
    );
  const { format, width, height } = describe(new Uint8Array(await file.arrayBuffer()), file.type);
  if (format === 'svg') return (await drawnSvg(file, width, height, side)) ?? unreadable(format);
  if (width * height > mostPixels)
    return refused(
      `The picture has ${width.toLocaleString('en')} × ${height.toLocaleString('en')} pixels: too many to open here.`,
      `Make it smaller, up to ${mostPixels / 1e6} megapixels, and choose it again.`,
    );
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) return unreadable(format);
  const pixels = fitted(bitmap, bitmap.width, bitmap.height, side);
  bitmap.close();
  return pixels;
}

/** What the first bytes of a file say: nothing is decoded for it. A size that is not known is 0. */
function describe(
  bytes: Uint8Array,
  type: string,
): { format: string | undefined; width: number; height: number } {
  // By what the system calls it; HEIF names itself in its first box.
  const brand = new TextDecoder('latin1').decode(bytes.subarray(4, 12));
  const named = /^ftyp(?:hei|hev|mif1|msf1)/.test(brand) ? 'heic' : /^image\/([a-z]+)/.exec(type)?.[1];
  try {
    const { type: format = named, width, height } = imageSize(bytes);
    return { format, width, height };
  } catch {
    return { format: named, width: 0, height: 0 };
  }
}

/** A drawing has no pixels to decode: an image element draws it, without its scripts and without what it would fetch. */
async function drawnSvg(
  file: Blob,
  width: number,
  height: number,
  side: number,
): Promise<Uint8ClampedArray<ArrayBuffer> | undefined> {
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return fitted(image, width || image.naturalWidth, height || image.naturalHeight, side);
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Formats by name, where a file of that kind may be fine and only the browser cannot read it. */
const names: Readonly<Record<string, string>> = {
  heic: 'HEIC',
  heif: 'HEIC',
  tiff: 'TIFF',
  jxl: 'JPEG XL',
  jp2: 'JPEG 2000',
  psd: 'Photoshop',
};

function unreadable(format: string | undefined): EngineFailure {
  const name = names[format ?? ''];
  if (name !== undefined)
    return refused(
      `The file is a ${name} picture, which this browser cannot draw.`,
      name === 'HEIC'
        ? 'Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible), or take a screenshot of it.'
        : 'Save it as PNG or JPEG and choose that.',
    );
  const known = ['png', 'jpg', 'jpeg', 'gif', 'webp', 'bmp', 'avif', 'svg'].includes(format ?? '');
  return known
    ? refused(
        `The ${format!.toUpperCase()} file is damaged or cut short.`,
        'Choose another picture, or save it again.',
      )
    : refused(
        'The file is not a picture that this browser can read.',
        'Choose a PNG, JPEG, WebP, GIF or SVG file.',
      );
}

function refused(message: string, action: string): EngineFailure {
  return { code: 'data-invalid', message, action };
}

/** Draws a whole picture into the middle of a white square of side `side`, as wide or high as fits. */
export function fitted(
  source: CanvasImageSource,
  width: number,
  height: number,
  side: number,
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
