import { Random } from '../random.ts';

/** Where a sampler stands. */
interface SamplerState {
  random: number[];
  order: number[];
  cursor: number;
}

/** Draws batches of indices epoch by epoch: every index once per epoch, in an order that a generator of its own shuffles. */
export class EpochSampler {
  private order: number[] = [];
  private cursor = 0;
  private readonly random: Random;

  constructor(
    private readonly count: number,
    seed: number,
  ) {
    this.random = new Random(seed);
  }

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

  save(): SamplerState {
    return { random: this.random.save(), order: [...this.order], cursor: this.cursor };
  }

  restore(state: SamplerState): void {
    this.random.load(state.random);
    this.order = [...state.order];
    this.cursor = state.cursor;
  }
}
