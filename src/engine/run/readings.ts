import type { TimedEvent } from './record.ts';

/** An update of a run, and the ms of work after which its numbers came. */
export interface Reading {
  step: number;
  at: number;
}

/** Adds what an event says of when the run was where, in place. */
export function takeReading(readings: Reading[], { at, event }: TimedEvent): void {
  if (event.type === 'stage' && readings.length === 0) readings.push({ step: event.step - 1, at });
  const last = event.type === 'metrics' && event.steps.at(-1);
  if (last) readings.push({ step: last.step, at });
}
