/**
 * Seeded generator sfc32 (Doty-Humphrey, PractRand): small state, same sequence on every machine.
 * Used for everything a run draws, so that a saved state continues with the very next number.
 */
export class Random {
  private state: [number, number, number, number];

  /** @param seed any 32-bit integer */
  constructor(seed: number) {
    this.state = [seed | 0, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
    // The first numbers of nearby seeds are alike; sfc32's author advises 12 rounds.
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1), 32 bits. */
  next(): number {
    const s = this.state;
    const t = (s[0] + s[1] + s[3]) | 0;
    s[3] = (s[3] + 1) | 0;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = (s[2] + (s[2] << 3)) | 0;
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + t;
    s[2] |= 0;
    return (t >>> 0) / 2 ** 32;
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** From the standard normal distribution, by Box and Muller's transform. */
  normal(): number {
    // 1 − u keeps the logarithm's argument above 0.
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** Shuffles in place (Fisher–Yates) and returns the array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  save(): number[] {
    return [...this.state];
  }

  /** Continues from a saved state. */
  load(state: readonly number[]): void {
    const [a, b, c, d] = state;
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new RangeError('a saved generator has four numbers');
    this.state = [a, b, c, d];
  }
}
