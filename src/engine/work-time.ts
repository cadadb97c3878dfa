import { awakeNow } from './awake-clock.ts';

/** Time for which a run worked, its rests and the machine's sleep left out: what speed, forecast, elapsed time and tables go by. */
export interface WorkTime {
  /** ms up to `since`, or in all while it stands. */
  readonly ms: number;
  /** `awakeNow()` since when it runs; undefined while it stands. */
  readonly since: number | undefined;
}

/** One that stands at `ms`. */
export function workTime(ms = 0): WorkTime {
  return { ms, since: undefined };
}

/** The same, running from now on if it does not yet. */
export function working(time: WorkTime): WorkTime {
  return time.since === undefined ? { ms: time.ms, since: awakeNow() } : time;
}

/** The same, standing. */
export function resting(time: WorkTime): WorkTime {
  return workTime(worked(time));
}

/** ms of work up to `now`. */
export function worked({ ms, since }: WorkTime, now = awakeNow()): number {
  return since === undefined ? ms : ms + Math.max(0, now - since);
}
