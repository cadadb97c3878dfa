/** The numbers of one line, each at its place on the axis: an update, or the seconds of work up to it. Only ever appended to, so that a long run never copies its past. */
export class Series {
  /** Ascending. */
  readonly xs: number[] = [];
  readonly raw: number[] = [];
  /** Their moving average; the raw numbers themselves where nothing is smoothed. */
  readonly shown: number[];
  private mean = 0;
  private mass = 0;
  private part: string | undefined;

  /** @param smoothing weight of the past, 0–1. */
  constructor(private readonly smoothing = 0) {
    this.shown = smoothing === 0 ? this.raw : [];
  }

  /**
   * Averages exponentially, without the start's bias (as in Adam). Numbers that are not finite stay out of the average.
   * @param part the average begins anew with every part: a stage's numbers say nothing of another's.
   */
  push(x: number, value: number, part?: string): void {
    this.xs.push(x);
    this.raw.push(value);
    if (this.smoothing === 0) return;
    if (part !== this.part) this.mean = this.mass = 0;
    this.part = part;
    if (Number.isFinite(value)) {
      this.mean = this.smoothing * this.mean + (1 - this.smoothing) * value;
      this.mass = this.smoothing * this.mass + (1 - this.smoothing);
    }
    this.shown.push(Number.isFinite(value) ? this.mean / this.mass : value);
  }

  get smoothed(): boolean {
    return this.smoothing !== 0;
  }

  get latest(): number | undefined {
    return this.shown.at(-1);
  }

  /** Index of the last number at or before a place; −1 = there is none. */
  indexAt(x: number): number {
    let low = 0;
    let high = this.xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.xs[middle]! <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
