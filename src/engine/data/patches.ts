/**
 * Cuts pixel values into patches in the order of a convolution kernel's weights (channel, row, column), so that the patch
 * embedding is one matrix product. pixels [S, S, 3] → written to `out` at row `firstRow`: [(S/p)², 3·p·p].
 */
export function toPatches(
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
