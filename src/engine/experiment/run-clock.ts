import { awakeNow } from '../awake-clock.ts';

/** Times of a run, without that for which the machine slept; those of the run that it goes on from included. */
export class RunClock {
  /** `awakeNow()` when the run began here; 0 = not yet. */
  private started = 0;
  private trainMs = 0;
  /** Since when, and after how many updates, their pace is measured. */
  private interval = { since: 0, steps: 0 };

  /** @param earlier s that the run took before it was saved. */
  constructor(private readonly earlier: { seconds: number; trainSeconds: number }) {}

  start(): void {
    this.started = awakeNow();
  }

  /** Counts the time since `begun` as training. */
  trainedSince(begun: number): void {
    this.trainMs += awakeNow() - begun;
  }

  /** Measures the pace of the updates after the first `steps`. */
  measureFrom(steps: number): void {
    this.interval = { since: awakeNow(), steps };
  }

  /** Updates a second up to now, with `steps` done. */
  stepsPerSecond(steps: number): number {
    const seconds = (awakeNow() - this.interval.since) / 1000;
    return (steps - this.interval.steps) / seconds;
  }

  /** s of the whole run, and of its updates alone. */
  seconds(): { seconds: number; trainSeconds: number } {
    const { earlier, started, trainMs } = this;
    const since = started === 0 ? 0 : awakeNow() - started;
    return {
      seconds: (earlier.seconds * 1000 + since) / 1000,
      trainSeconds: (earlier.trainSeconds * 1000 + trainMs) / 1000,
    };
  }
}
