import type { Rows } from '../train/probe-report.ts';

/** The two directions along which a sample varies most. */
export interface PrincipalPlane {
  mean: Float64Array;
  /** Unit vectors, orthogonal; the largest component of each is positive, so that a map is never mirrored by chance. */
  axes: readonly [Float64Array, Float64Array];
}

/** The direction stands still when its angle to the one before is below a millionth. */
const standsStill = 1e-12;
const mostIterations = 5000;

/** Principal component analysis of a small sample by power iteration with deflation: two axes, no randomness. */
export function principalPlane(sample: Rows): PrincipalPlane {
  const mean = meanOf(sample);
  const rows = centred(sample, mean);
  const first = leadingAxis(rows, sample.width, []);
  return { mean, axes: [first, leadingAxis(rows, sample.width, [first])] };
}

/** Coordinates of every row in the plane: x and y of each in turn. */
export function project(sample: Rows, { mean, axes }: PrincipalPlane): number[] {
  return centred(sample, mean).flatMap((row) => axes.map((axis) => dot(row, axis)));
}

/** Share of a sample's variance about its own mean that the plane shows, 0–1. */
export function explainedShare(sample: Rows, { axes }: PrincipalPlane): number {
  let shown = 0;
  let all = 0;
  for (const row of centred(sample, meanOf(sample))) {
    all += dot(row, row);
    for (const axis of axes) shown += dot(row, axis) ** 2;
  }
  return all === 0 ? 0 : shown / all;
}

function meanOf({ width, data }: Rows): Float64Array {
  const mean = new Float64Array(width);
  const count = data.length / width;
  data.forEach((value, i) => (mean[i % width]! += value / count));
  return mean;
}

function centred({ width, data }: Rows, mean: Float64Array): Float64Array[] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Float64Array.from(mean, (value, i) => data[row * width + i]! - value),
  );
}

/** The direction of most variance among those orthogonal to `others`. */
function leadingAxis(
  rows: readonly Float64Array[],
  width: number,
  others: readonly Float64Array[],
): Float64Array {
  // The longest of the rows and unit vectors that is left after deflation: never zero while the space has room.
  const starts = [...rows, ...Array.from({ length: width }, (_, i) => unitVector(width, i))];
  let axis = starts[0]!;
  let longest = -1;
  for (const [i, start] of starts.entries()) {
    const left = withoutAxes(start, others);
    const length = dot(left, left);
    // Unit vectors stand in only where no row is left.
    if (i >= rows.length && longest > 1e-20) break;
    if (length > longest) [axis, longest] = [left, length];
  }
  axis = normalised(axis);
  const variance = rows.reduce((sum, row) => sum + dot(row, row), 0);
  for (let i = 0; i < mostIterations; i++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const along = dot(row, axis);
      for (let j = 0; j < width; j++) next[j]! += along * row[j]!;
    }
    const left = withoutAxes(next, others);
    // The sample does not vary in any further direction: what is left is rounding.
    if (Math.sqrt(dot(left, left)) <= 1e-12 * variance) break;
    const moved = normalised(left);
    const still = 1 - Math.abs(dot(moved, axis)) < standsStill;
    axis = moved;
    if (still) break;
  }
  const peak = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return peak < 0 ? axis.map((value) => -value) : axis;
}

function withoutAxes(vector: Float64Array, axes: readonly Float64Array[]): Float64Array {
  return axes.reduce((left, axis) => {
    const along = dot(left, axis);
    return left.map((value, i) => value - along * axis[i]!);
  }, vector);
}

function normalised(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function unitVector(width: number, at: number): Float64Array {
  const vector = new Float64Array(width);
  vector[at] = 1;
  return vector;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
