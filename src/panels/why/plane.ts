import type { MappedSpace } from '../../engine/run/feature-map-numbers.ts';
import type { SampledToken } from '../../engine/run/probe-numbers.ts';

export type SpaceKey = 'teacherSpace' | 'studentSpace';

export interface Point {
  x: number;
  y: number;
}

/** The i-th of coordinates that lie x, y, x, y, … */
export function pointAt(coordinates: readonly number[], i: number): Point {
  return { x: coordinates[2 * i]!, y: coordinates[2 * i + 1]! };
}

/** Rows of `own` with the token, and the teacher's row, that each belongs to. */
export function pairsOf(tokens: readonly SampledToken[], { own, teacher }: MappedSpace): number[] {
  const every = tokens.map((_, i) => i);
  return own.length === teacher.length ? every : every.filter((i) => tokens[i]!.first);
}

/** Whether a point has a place. */
export function isFinitePoint({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

/** A view of the plane that holds every step so far, one scale for both axes: coordinates → pixels. Points that are not finite move nothing. */
export function projection(
  spaces: readonly MappedSpace[],
  size: { width: number; height: number; margin: number },
): (point: Point) => Point {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { own, teacher } of spaces)
    for (const coordinates of [own, teacher])
      coordinates.forEach((value, i) => {
        if (!Number.isFinite(value)) return;
        if (i % 2 === 0) [left, right] = [Math.min(left, value), Math.max(right, value)];
        else [low, high] = [Math.min(low, value), Math.max(high, value)];
      });
  const { width, height, margin } = size;
  const scale = Math.min(
    (width - 2 * margin) / Math.max(right - left, 1e-9),
    (height - 2 * margin) / Math.max(high - low, 1e-9),
  );
  return ({ x, y }) => ({
    x: width / 2 + (x - (left + right) / 2) * scale,
    y: height / 2 - (y - (low + high) / 2) * scale,
  });
}
