import type { Unit } from '../axes.ts';
import type { Clock } from './clock.ts';
import { clockTime } from '../../lib/clock-time.ts';

/** What all charts are drawn over, for somebody who points at a place on it. */
export interface Abscissa {
  unit: Unit;
  /** The nearest place at which something can have been measured. */
  snap(x: number): number;
  /** The place so many updates further on; where only earlier runs are drawn over time, so many seconds. */
  move(x: number, by: number): number;
  /** A place in words. */
  label(x: number): string;
}

const overSteps: Abscissa = {
  unit: 'steps',
  snap: Math.round,
  move: (x, by) => x + by,
  label: (x) => `step ${x}`,
};

/** Over updates, or where there is a clock over the time that it shows. */
export function abscissaOf(clock: Clock | undefined): Abscissa {
  return clock === undefined ? overSteps : overTime(clock);
}

/** @param clock of the run that is shown; earlier ones behind it may have taken longer. */
export function overTime(clock: Clock): Abscissa {
  const knows = (x: number) => clock.end !== undefined && x <= clock.end;
  return {
    unit: 'seconds',
    snap: (x) => (knows(x) ? clock.secondsAt(Math.round(clock.stepAt(x))) : Math.round(x)),
    move: (x, by) => {
      const next = clock.secondsAt(Math.round(clock.stepAt(x)) + by);
      return knows(x) && next !== x ? next : x + by;
    },
    label: (x) => (knows(x) ? `${clockTime(x)}, step ${Math.round(clock.stepAt(x))}` : clockTime(x)),
  };
}
