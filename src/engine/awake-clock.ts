/** ms between two beats, and after how many without one the machine must have slept: hidden pages are given one a minute. */
const beatEvery = 1000;
const asleepAfter = 120_000;

/** A clock that stands while the machine sleeps: the browser's own goes on on some systems. */
export class AwakeClock {
  private timer: ReturnType<typeof setInterval> | undefined;
  private beat = -Infinity;
  private slept = 0;

  constructor(private readonly time: () => number) {}

  /** ms since some moment in the past. */
  now(): number {
    if (this.timer === undefined) {
      this.beat = this.time();
      this.timer = setInterval(() => this.now(), beatEvery);
      // Node waits for timers, browsers do not.
      (this.timer as { unref?: () => void }).unref?.();
    }
    const now = this.time();
    if (now - this.beat > asleepAfter) this.slept += now - this.beat;
    this.beat = now;
    return now - this.slept;
  }
}

const clock = new AwakeClock(() => performance.now());

/** `performance.now()` without the time for which the machine slept. */
export function awakeNow(): number {
  return clock.now();
}
