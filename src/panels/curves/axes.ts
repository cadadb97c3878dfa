/** One axis of a chart, all of it decided here: the chart library measures nothing. */
export interface Axis {
  scale: 'linear' | 'log';
  domain: [number, number];
  ticks: number[];
}

/** Where a value lies on an axis: 0 at its start, 1 at its end. */
export function position({ scale, domain: [from, to] }: Axis, value: number): number {
  return scale === 'log' ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

/** The value at a place from 0 to 1. */
export function valueAt({ scale, domain: [from, to] }: Axis, place: number): number {
  return scale === 'log' ? from * (to / from) ** place : from + place * (to - from);
}

/** What charts are drawn over: updates, or seconds of work. */
export type Unit = 'steps' | 'seconds';

/** s between two labels of a clock. */
const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];

/**
 * Training steps, or seconds of work. A logarithmic axis starts with 1: 0 has no place on it.
 * @param room how many labels fit.
 */
export function stepAxis(from: number, to: number, log: boolean, room: number, unit: Unit = 'steps'): Axis {
  const nice = (least: number) =>
    (unit === 'seconds' ? clockSteps.find((step) => step >= least) : undefined) ?? niceStep(least);
  const even = (start: number, end: number) =>
    multiples(Math.max(1, nice((end - start) / Math.max(1, room - 1))), start, end);
  if (!log) {
    const end = Math.max(from + 1, to);
    return { scale: 'linear', domain: [from, end], ticks: even(from, end) };
  }
  const start = Math.max(1, from);
  const end = Math.max(start + 1, to);
  const inside = (factors: readonly number[]) =>
    Array.from({ length: 10 }, (_, decade) => factors.map((factor) => factor * 10 ** decade))
      .flat()
      .filter((value) => value >= start && value <= end);
  const decades = inside([1]);
  const finer = inside([1, 2, 5]);
  const ticks = decades.length < 2 || finer.length <= room ? finer : decades;
  return { scale: 'log', domain: [start, end], ticks: ticks.length < 2 ? even(start, end) : ticks };
}

/** Spikes that are so many times as high as the rest are cut off: they would press it flat. */
const spike = 2;

/**
 * From 0 to a round number, which seldom changes; on a logarithmic axis whole decades.
 * @param bulk what all but a few numbers stay below: a linear axis ends there where the others would press the rest flat.
 */
export function valueAxis(
  drawn: { low: number; high: number; bulk?: number } | undefined,
  log: boolean,
): Axis {
  if (drawn === undefined) return { scale: 'linear', domain: [0, 1], ticks: [0, 0.5, 1] };
  const { low, high, bulk = high } = drawn;
  if (!log) return around(Math.min(0, low), Math.max(0, bulk > 0 && high > spike * bulk ? bulk : high));
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((to - from) / 4);
  const ticks = Array.from(
    { length: Math.floor((to - from) / every) + 1 },
    (_, i) => 10 ** (from + i * every),
  );
  return { scale: 'log', domain: [10 ** from, 10 ** to], ticks };
}

/** From 0 to the quarter above everything drawn. */
export function fractionAxis(highest: number): Axis {
  const quarters = highest === 0 ? 4 : Math.min(4, Math.ceil(highest * 4 + 0.1));
  return {
    scale: 'linear',
    domain: [0, quarters / 4],
    ticks: Array.from({ length: quarters + 1 }, (_, i) => i / 4),
  };
}

/** The least part of an axis that can be looked at: so many updates, or seconds. */
const narrowest = 4;

/** A part of what an axis shows: `share` of it around `place`; undefined where that is all there is. */
export function zoomed(
  axis: Axis,
  share: number,
  place: number,
  [first, last]: readonly [number, number],
): [number, number] | undefined {
  const from = Math.max(first, valueAt(axis, place - place * share));
  const to = Math.min(last, valueAt(axis, place + (1 - place) * share));
  if (from <= Math.max(first, axis.scale === 'log' ? 1 : first) && to >= last) return undefined;
  if (to - from >= narrowest) return [from, to];
  const start = Math.min(Math.max(first, (from + to - narrowest) / 2), Math.max(first, last - narrowest));
  return [start, Math.min(last, start + narrowest)];
}

/** As much as an axis shows, moved by a share of it, as far as there is something. */
export function panned(axis: Axis, by: number, [first, last]: readonly [number, number]): [number, number] {
  const within = Math.max(position(axis, Math.max(first, axis.scale === 'log' ? 1 : first)), by);
  const move = Math.min(within, position(axis, last) - 1);
  return [valueAt(axis, move), valueAt(axis, 1 + move)];
}

function around(low: number, high: number): Axis {
  if (low === high) return { scale: 'linear', domain: [0, 1], ticks: [0, 0.5, 1] };
  const every = niceStep((high - low) / 3);
  const from = Math.floor(low / every) * every;
  const to = Math.ceil(high / every) * every;
  return { scale: 'linear', domain: [from, to], ticks: multiples(every, from, to) };
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is not below a number. */
function niceStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 2.5, 5].find((factor) => factor * decade >= least * (1 - 1e-9)) ?? 10) * decade;
}

function multiples(every: number, from: number, to: number): number[] {
  const first = Math.ceil(from / every - 1e-9);
  const count = Math.floor(to / every + 1e-9) - first + 1;
  // Written in full a sum of 0.1s would end in …4.
  return Array.from({ length: count }, (_, i) => Number(((first + i) * every).toPrecision(12)));
}
