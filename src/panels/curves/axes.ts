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

/**
 * Training steps. A logarithmic axis starts with step 1: step 0 has no place on it.
 * @param room how many labels fit.
 */
export function stepAxis(from: number, to: number, log: boolean, room: number): Axis {
  const even = (start: number, end: number) =>
    multiples(Math.max(1, niceStep((end - start) / Math.max(1, room - 1))), start, end);
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

/** Everything drawn, spikes included: from 0 to a round number, which seldom changes. On a logarithmic axis whole decades. */
export function valueAxis(drawn: { low: number; high: number } | undefined, log: boolean): Axis {
  if (drawn === undefined) return { scale: 'linear', domain: [0, 1], ticks: [0, 0.5, 1] };
  if (!log) return around(Math.min(0, drawn.low), Math.max(0, drawn.high));
  const from = Math.floor(Math.log10(drawn.low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(drawn.high)));
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
