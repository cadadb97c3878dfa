/** The largest |difference| over the rows of real tokens; rows of `found` may be padded on the right. */
export function largestDifference(
  found: Float32Array,
  stride: number,
  wanted: Float32Array,
  mask: Float32Array,
): number {
  const width = wanted.length / mask.length;
  let largest = 0;
  mask.forEach((real, row) => {
    if (real !== 1) return;
    for (let i = 0; i < width; i++)
      largest = Math.max(largest, Math.abs(found[row * stride + i]! - wanted[row * width + i]!));
  });
  return largest;
}
