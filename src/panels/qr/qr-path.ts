import { encode } from 'uqr';

/** Modules of white that the standard wants around a code. */
export const quiet = 4;

/** A text as a QR code: the dark modules as an SVG path, `size` modules a side; undefined where no code has room for it. */
export function qrPath(text: string): { path: string; size: number } | undefined {
  // Rooms are bright and phones far: the middle level of error correction.
  let code: ReturnType<typeof encode>;
  try {
    code = encode(text, { ecc: 'M', border: 0 });
  } catch {
    return undefined;
  }
  const path = code.data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { path: path.join(''), size: code.size };
}
