import { decode } from 'fast-png';
import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import { boxFilter } from '../picture.ts';
import { viewOf } from '../views.ts';
import type { Manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

/** Side of a picture and of a scene's canvas, in pixels. */
export const canvasSize = 64;

/** Decoded sprite sheets. */
export interface Sheets {
  /** RGB bytes [64, 64, 3] of one drawing. */
  picture(concept: number, style: string): Uint8Array;
}

export type FetchSheet = (
  sheet: string,
  options: { fresh: boolean; sha256: string; onBytes?: (loaded: number) => void },
) => Promise<Uint8Array>;

/**
 * Fetches, checks and decodes every sheet. Decoding is JavaScript's own (no canvas), so pixels are the same in every browser and in Node.
 * @throws EngineError `file-corrupt` when a sheet is not the one the manifest describes.
 */
export async function loadSheets(manifest: Manifest, fetchSheet: FetchSheet): Promise<Sheets> {
  const sheets = new Map(
    await Promise.all(
      manifest.styles.map(async ({ key, sheet, sha256: expected }) => {
        let bytes = await fetchSheet(sheet, { fresh: false, sha256: expected });
        // A damaged copy in the cache is fetched once more.
        if ((await sha256(bytes)) !== expected)
          bytes = await fetchSheet(sheet, { fresh: true, sha256: expected });
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

/**
 * A scene on a white canvas: [64, 64, 3], values 0–1. On a 2×2 grid each drawing is halved by 2×2 means. In a view every drawing is changed by
 * itself, so that none leaves its place.
 */
export function composeScene({ grid, placements, view }: Scene, sheets: Sheets): Float32Array {
  const canvas = new Float32Array(canvasSize * canvasSize * 3).fill(1);
  const side = canvasSize / grid;
  for (const { concept, style, cell } of placements) {
    const drawn = Float32Array.from(sheets.picture(concept, style), (v) => v / 255);
    const drawing = boxFilter(view === undefined ? drawn : viewOf(drawn, view + cell), side);
    const left = (cell % grid) * side;
    const top = Math.floor(cell / grid) * side;
    for (let y = 0; y < side; y++)
      canvas.set(drawing.subarray(y * side * 3, (y + 1) * side * 3), ((top + y) * canvasSize + left) * 3);
  }
  return canvas;
}
