import type { Reading } from '../../../engine/run/readings.ts';

/** Seconds of work after which a run had done its updates; between two readings they are taken to have come evenly. Readings may be appended. */
export class Clock {
  /** Places of readings that bring the run on. */
  private readonly places: number[] = [];
  private read = 0;

  constructor(private readonly readings: readonly Reading[]) {}

  /** Of the last reading; undefined before the first. */
  get end(): number | undefined {
    this.take();
    const last = this.places.at(-1);
    return last === undefined ? undefined : this.readings[last]!.at / 1000;
  }

  secondsAt(step: number): number {
    return this.between(
      ({ step: from }) => from,
      ({ at }) => at / 1000,
      step,
    );
  }

  /** The update that was done at that time, a fraction between two. */
  stepAt(seconds: number): number {
    return this.between(
      ({ at }) => at / 1000,
      ({ step }) => step,
      seconds,
    );
  }

  /** On the straight line between the readings around a value; before the first and after the last of them, what they say. */
  private between(
    of: (reading: Reading) => number,
    give: (reading: Reading) => number,
    value: number,
  ): number {
    this.take();
    const at = (place: number) => this.readings[this.places[place]!]!;
    let low = 0;
    let high = this.places.length;
    if (high === 0) return 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (of(at(middle)) < value) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return give(at(0));
    if (low === this.places.length) return give(at(low - 1));
    const [before, after] = [at(low - 1), at(low)];
    const share = (value - of(before)) / (of(after) - of(before));
    return give(before) + share * (give(after) - give(before));
  }

  private take(): void {
    for (; this.read < this.readings.length; this.read++) {
      const last = this.readings[this.places.at(-1) ?? -1];
      const { step, at } = this.readings[this.read]!;
      if (last === undefined || (step > last.step && at > last.at)) this.places.push(this.read);
    }
  }
}
