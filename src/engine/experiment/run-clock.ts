import { awakeNow } from '../awake-clock.ts';
import { resting, worked, working, workTime, type WorkTime } from '../work-time.ts';

/** Times of a run, without its rests; those of the run that it goes on from included. */
export class RunClock {
  private time: WorkTime;
  private trainMs: number;
  /** After how many ms of work, and of updates, the pace of the next ones is measured. */
  private interval = { from: 0, steps: 0 };

  /** @param earlier s that the run took before it was saved. */
  constructor(earlier: { seconds: number; trainSeconds: number }) {
    this.time = workTime(earlier.seconds * 1000);
    this.trainMs = earlier.trainSeconds * 1000;
  }

  start(): void {
    this.time = working(this.time);
  }

  /** Stands until `start`. */
  rest(): void {
    this.time = resting(this.time);
  }

  /** Counts the time since `begun` (`awakeNow()`) as training. */
  trainedSince(begun: number): void {
    this.trainMs += awakeNow() - begun;
  }

  /** Measures the pace of the updates after the first `steps`. */
  measureFrom(steps: number): void {
    this.interval = { from: worked(this.time), steps };
  }

  /** Updates a second of work up to now, with `steps` done. */
  stepsPerSecond(steps: number): number {
    return (steps - this.interval.steps) / ((worked(this.time) - this.interval.from) / 1000);
  }

  /** s of the whole run, and of its updates alone. */
  seconds(): { seconds: number; trainSeconds: number } {
    return { seconds: worked(this.time) / 1000, trainSeconds: this.trainMs / 1000 };
  }
}
