import { decode } from 'fast-png';
import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type { Manifest } from './manifest.ts';
import type { Example } from './questions.ts';

/** Side of a picture and of a scene's canvas, in pixels. */
export const canvasSize = 64;

/** Decoded sprite sheets. */
export interface Sheets {
  /** RGB bytes [64, 64, 3] of one drawing. */
  picture(concept: number, style: string): Uint8Array;
}

/**
 * Fetches, checks and decodes every sheet. Decoding is JavaScript's own (no canvas), so pixels are the same in every browser and in Node.
 * @throws EngineError `file-corrupt` when a sheet is not the one the manifest describes.
 */
export async function loadSheets(
  manifest: Manifest,
  fetchBytes: (sheet: string, options: { fresh: boolean; sha256: string }) => Promise<Uint8Array>,
): Promise<Sheets> {
  const sheets = new Map(
    await Promise.all(
      manifest.styles.map(async ({ key, sheet, sha256: expected }) => {
        let bytes = await fetchBytes(sheet, { fresh: false, sha256: expected });
        // A damaged copy in the cache is fetched once more.
        if ((await sha256(bytes)) !== expected)
          bytes = await fetchBytes(sheet, { fresh: true, sha256: expected });
        if ((await sha256(bytes)) !== expected)
          throw new EngineError(
            'file-corrupt',
            `The picture sheet “${sheet}” is not the one the manifest describes.`,
            'Try again; if it stays so, the server’s copy is damaged.',
          );
        const image = decode(bytes);
        return [key, { data: image.data as Uint8Array, width: image.width }] as const;
      }),
    ),
  );
  const cellOf = new Map(manifest.styles.map(({ key, cells }) => [key, cells]));
  return {
    picture(concept, style) {
      const { data, width } = sheets.get(style)!;
      const cell = cellOf.get(style)![concept]!;
      if (cell < 0) throw new RangeError(`style ${style} has no drawing of concept ${concept}`);
      const left = (cell % manifest.columns) * canvasSize;
      const top = Math.floor(cell / manifest.columns) * canvasSize;
      const picture = new Uint8Array(canvasSize * canvasSize * 3);
      for (let y = 0; y < canvasSize; y++) {
        const from = ((top + y) * width + left) * 3;
        picture.set(data.subarray(from, from + canvasSize * 3), y * canvasSize * 3);
      }
      return picture;
    },
  };
}

/** The scene of an example on a white canvas: [64, 64, 3], values 0–1. On a 2×2 grid each drawing is halved by 2×2 means. */
export function composeScene(example: Example, sheets: Sheets): Float32Array {
  const canvas = new Float32Array(canvasSize * canvasSize * 3).fill(1);
  const side = canvasSize / example.grid;
  for (const { concept, style, cell } of example.placements) {
    const drawing = boxFilter(
      Float32Array.from(sheets.picture(concept, style), (v) => v / 255),
      canvasSize,
      side,
    );
    const left = (cell % example.grid) * side;
    const top = Math.floor(cell / example.grid) * side;
    for (let y = 0; y < side; y++)
      canvas.set(drawing.subarray(y * side * 3, (y + 1) * side * 3), ((top + y) * canvasSize + left) * 3);
  }
  return canvas;
}

/** A canvas as a model's preprocessor sees it: box-filtered to [size, size, 3], then (x − mean)/std per channel. */
export function toPixelValues(
  canvas: Float32Array,
  size: number,
  mean: readonly number[],
  std: readonly number[],
): Float32Array {
  const pixels = boxFilter(canvas, canvasSize, size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i]! - mean[i % 3]!) / std[i % 3]!;
  return pixels;
}

/** Mean over square blocks. [from, from, 3] → [to, to, 3]; `to` divides `from`. */
function boxFilter(pixels: Float32Array, from: number, to: number): Float32Array {
  const factor = from / to;
  if (!Number.isInteger(factor)) throw new RangeError(`${to} does not divide ${from}`);
  if (factor === 1) return pixels.slice();
  const out = new Float32Array(to * to * 3);
  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++)
          for (let dx = 0; dx < factor; dx++)
            sum += pixels[((y * factor + dy) * from + x * factor + dx) * 3 + c]!;
        out[(y * to + x) * 3 + c] = sum / (factor * factor);
      }
  return out;
}
