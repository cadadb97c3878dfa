import type { Column, Row } from './rows.ts';

/** What an axis of recharts takes. */
export interface Scale {
  domain: [number, number];
  ticks?: number[];
  tickCount?: number;
  scale?: 'log';
  interval?: 0;
}

/** Steps from left to right. */
export interface StepScale {
  from: number;
  to: number;
  log: boolean;
}

/** Where a step lies between the left and the right end, 0–1 inside. */
export function placeOf(step: number, { from, to, log }: StepScale): number {
  return log ? Math.log(step / from) / Math.log(to / from) : (step - from) / (to - from);
}

/** The step at a place between the left and the right end. */
export function stepAt(place: number, { from, to, log }: StepScale): number {
  return log ? from * (to / from) ** place : from + place * (to - from);
}

/** The whole run, or its last steps; a logarithmic axis starts at step 1. */
export function stepScale(totalSteps: number, latest: number, log: boolean, window?: number): StepScale {
  const to = Math.max(2, window === undefined ? totalSteps : Math.max(latest, window));
  const from = window === undefined ? 0 : Math.max(0, to - window);
  return { from: log ? Math.max(1, from) : from, to, log };
}

/** From 0 to the quarter above everything drawn. */
export function fractionScale(
  rows: readonly Row[],
  columns: readonly Column[],
  levels: readonly (number | undefined)[],
): Scale {
  let highest = Math.max(0, ...levels.map((value) => value ?? 0));
  for (const row of rows) for (const column of columns) highest = Math.max(highest, row[column] ?? 0);
  const quarters = highest === 0 ? 4 : Math.min(4, Math.ceil(highest * 4 + 0.1));
  return {
    domain: [0, quarters / 4],
    ticks: Array.from({ length: quarters + 1 }, (_, i) => i / 4),
    interval: 0,
  };
}

/** Zero in the middle, and room for every band. */
export function differenceScale(bands: readonly (readonly [number, number])[]): Scale {
  const widest = Math.max(0.1, ...bands.flat().map(Math.abs));
  const end = Math.ceil(widest * 10) / 10;
  return { domain: [-end, end], ticks: [-end, -end / 2, 0, end / 2, end], interval: 0 };
}

/** Axis of everything drawn, spikes included. On a logarithmic axis whole decades, and nothing at or below zero. */
export function verticalScale(rows: readonly Row[], columns: readonly Column[], log: boolean): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const row of rows)
    for (const column of columns)
      for (const value of [row[column], row[`${column}Raw`]]) {
        if (value === undefined || value <= 0) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  if (high === 0) return { domain: [0, 1], tickCount: 3 };
  if (!log) return { domain: [0, high * 1.05], tickCount: 4 };
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((to - from) / 4);
  const ticks = Array.from(
    { length: Math.floor((to - from) / every) + 1 },
    (_, i) => 10 ** (from + i * every),
  );
  return { scale: 'log', domain: [10 ** from, 10 ** to], ticks };
}

/** A tick in few characters. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 0.01 || Math.abs(value) >= 10_000)
    return Number(value.toPrecision(2)).toExponential().replace('e-', 'e−').replace('e+', 'e');
  return String(Number(value.toPrecision(2)));
}
