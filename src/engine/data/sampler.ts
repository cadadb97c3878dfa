import type { Random } from '../random.ts';

/** Draws batches of indices epoch by epoch: every index once per epoch, in an order shuffled by the run's generator. */
export class EpochSampler {
  private order: number[] = [];
  private cursor = 0;

  constructor(
    private readonly count: number,
    private readonly random: Random,
  ) {}

  next(batchSize: number): number[] {
    const batch: number[] = [];
    while (batch.length < batchSize) {
      if (this.cursor === this.order.length) {
        this.order = this.random.shuffle(Array.from({ length: this.count }, (_, i) => i));
        this.cursor = 0;
      }
      batch.push(this.order[this.cursor++]!);
    }
    return batch;
  }

  save(): { order: number[]; cursor: number } {
    return { order: [...this.order], cursor: this.cursor };
  }

  restore(state: { order: number[]; cursor: number }): void {
    this.order = [...state.order];
    this.cursor = state.cursor;
  }
}
