import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan, type Work } from '../../wgsl/core/plan.ts';
import type { View } from '../../wgsl/core/view.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import type { KernelVariant } from '../../device/variant.ts';
import { gatherSlots, scatterSlots } from '../../wgsl/ops/tokens.ts';

/**
 * A forward pass through frozen weights. Each slot (an example or a picture) is computed once, the first time a batch holds it, and kept on the
 * GPU; a batch whose slots are all known costs one copy.
 */
export class CachedPass {
  private readonly forward: Plan;
  private readonly fetch: Plan | undefined;
  private readonly seen: Uint8Array;
  /** Batches that had to run the forward pass. */
  computed = 0;

  /**
   * @param record records the forward pass and returns its result, [rows, columns].
   * @param slots int32 [B], which slot each element of the batch has.
   * @param count number of slots; 0 turns the cache off.
   * @param budgetBytes most that the cache may take; where it would take more, every batch is computed.
   */
  constructor(
    memory: Memory,
    variant: KernelVariant,
    record: (tape: Tape) => Value,
    batch: number,
    slots: View,
    count: number,
    budgetBytes: number,
  ) {
    this.forward = new Plan(memory);
    const tape = new Tape(this.forward, memory, variant);
    const value = record(tape);
    this.result = { view: value.view, rows: value.rows, columns: value.columns };
    const words = (value.rows * value.columns) / batch;
    const fits = count > 0 && count * words * 4 <= budgetBytes;
    this.seen = new Uint8Array(fits ? count : 0);
    if (fits) {
      const cache = memory.allocate(count * words, 'cache');
      scatterSlots(tape, value.view, slots, batch, words, cache);
      this.fetch = new Plan(memory);
      gatherSlots(new Tape(this.fetch, memory, variant), cache, slots, batch, words, value.view);
    }
  }

  /** Where the batch's result lies after `encode`. */
  readonly result: { view: View; rows: number; columns: number };

  async compile(): Promise<void> {
    await Promise.all([this.forward.compile(), this.fetch?.compile()]);
  }

  /** Whether a batch needs no forward pass any more, nor what that would read. */
  knows(slots: readonly number[]): boolean {
    return this.fetch !== undefined && slots.every((slot) => this.seen[slot] === 1);
  }

  encode(pass: GPUComputePassEncoder, slots: readonly number[]): void {
    if (this.knows(slots)) {
      this.fetch!.encode(pass);
      return;
    }
    this.forward.encode(pass);
    this.computed++;
    if (this.fetch !== undefined) for (const slot of slots) this.seen[slot] = 1;
  }

  /** Cost of a batch that is not known yet, and of one that is. */
  get work(): { fresh: Work; known: Work } {
    return { fresh: this.forward.work, known: (this.fetch ?? this.forward).work };
  }
}
