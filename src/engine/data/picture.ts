/** Pictures on the host are square, [S, S, 3] with values in 0–1, or S·S RGBA bytes for showing. */

/** Side of a square picture of RGBA bytes; not whole where they are none. */
export function rgbaSide({ length }: Uint8ClampedArray): number {
  return Math.sqrt(length / 4);
}

/** [S, S, 3] in 0–1 → opaque RGBA bytes. */
export function toRgba(picture: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray((picture.length / 3) * 4).fill(255);
  for (let i = 0; i < picture.length / 3; i++)
    for (let c = 0; c < 3; c++) bytes[i * 4 + c] = picture[i * 3 + c]! * 255;
  return bytes;
}

/** RGBA bytes → [S, S, 3] in 0–1; see-through pixels lie on white. */
export function fromRgba(bytes: Uint8ClampedArray): Float32Array {
  const picture = new Float32Array((bytes.length / 4) * 3);
  for (let i = 0; i < bytes.length / 4; i++) {
    const opacity = bytes[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) picture[i * 3 + c] = (bytes[i * 4 + c]! / 255) * opacity + 1 - opacity;
  }
  return picture;
}

/** Mean over square blocks. [from, from, 3] → [to, to, 3]. @throws RangeError unless `to` divides `from`. */
export function boxFilter(picture: Float32Array, to: number): Float32Array {
  const from = Math.sqrt(picture.length / 3);
  const factor = from / to;
  if (!Number.isInteger(factor)) throw new RangeError(`${to} does not divide ${from}`);
  if (factor === 1) return picture.slice();
  const out = new Float32Array(to * to * 3);
  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++)
          for (let dx = 0; dx < factor; dx++)
            sum += picture[((y * factor + dy) * from + x * factor + dx) * 3 + c]!;
        out[(y * to + x) * 3 + c] = sum / (factor * factor);
      }
  return out;
}
