import { z } from 'zod';

/**
 * JSON has no words for numbers that are not finite and makes null of them. Here they are written as texts, and read back as what they were.
 * What earlier pages wrote as null is not a number.
 */
const words = ['NaN', 'Infinity', '-Infinity'] as const;

/** A number that was measured: it may be infinite, or not a number at all. */
export const measured: z.ZodType<number> = z.union([
  z.number(),
  z.custom<number>((value) => typeof value === 'number'),
  z.enum(words).transform(Number),
  z.null().transform(() => Number.NaN),
]);

/** A measured number that is not negative. */
export const measuredAmount = measured.refine((value) => !(value < 0), 'is less than nothing');

/** A measured share, 0–1. */
export const measuredFraction = measured.refine((value) => !(value < 0 || value > 1), 'is no fraction');

/** For `JSON.stringify`: what it would lose. */
export function writeNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Plain data with every number as JSON can hold it. */
export function jsonNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonNumbers);
  if (typeof value !== 'object' || value === null) return writeNumber('', value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonNumbers(inner)]));
}
