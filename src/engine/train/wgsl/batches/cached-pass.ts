import type { Memory } from '../../../wgsl/core/memory.ts';
import { Plan, type Work } from '../../../wgsl/core/plan.ts';
import type { View } from '../../../wgsl/core/view.ts';
import { Tape, type Value } from '../../../wgsl/core/tape.ts';
import type { Frozen, KernelVariant } from '../../../device/variant.ts';
import { gatherSlots, scatterSlots } from '../../../wgsl/ops/tokens.ts';

/** What a pass keeps. */
interface Cache {
  /** Number of slots; 0 turns the cache off. */
  count: number;
  /** Most that it may take; where it would take more, every batch is computed. */
  budgetBytes: number;
  /** Whether all students of the list have the same weights: then a slot's result is the same numbers, whoever stores them. */
  shared: boolean;
  /** How it is kept, where all share it. */
  kind: Frozen;
}

/**
 * A forward pass through frozen weights over the batches of a list of students. Each slot (an example or a picture) is computed once, the first
 * time a batch holds it, and kept on the GPU; batches whose slots are all known cost one copy.
 */
export class CachedPass {
  private readonly forward: Plan;
  private readonly fetch: Plan | undefined;
  /** Which slots are known: of all students together where they share the cache. */
  private readonly seen: Uint8Array[];
  /** Steps that had to run the forward pass. */
  computed = 0;

  /**
   * @param memory for what is kept
   * @param scratch for the pass itself and its result
   * @param record records the forward pass and returns its result, [rows, columns].
   * @param slots int32 [B] of every student, which slot each element of its batch has.
   */
  constructor(
    memory: Memory,
    scratch: Memory,
    variant: KernelVariant,
    record: (tape: Tape) => Value,
    batch: number,
    slots: View,
    { count, budgetBytes, shared, kind }: Cache,
  ) {
    this.forward = new Plan(memory);
    const tape = new Tape(this.forward, scratch, variant);
    const value = record(tape);
    this.result = { view: value.view, rows: value.rows, columns: value.columns };
    const words = (value.rows * value.columns) / batch;
    const caches = shared ? 1 : memory.students;
    const half = shared && kind === 'f16' && words % 4 === 0;
    const fits = count > 0 && caches * count * words * (half ? 2 : 4) <= budgetBytes;
    this.seen = Array.from({ length: caches }, () => new Uint8Array(fits ? count : 0));
    if (fits) {
      const cache = half
        ? memory.allocateHalf(count * words, 'cache')
        : shared
          ? memory.allocateOnce(count * words, 'cache')
          : memory.allocate(count * words, 'cache');
      scatterSlots(tape, value.view, slots, batch, words, cache);
      // Rounded from the first time on: what a step reads must not depend on whether its slots were known.
      if (half) gatherSlots(tape, cache, slots, batch, words, value.view);
      this.fetch = new Plan(memory);
      gatherSlots(new Tape(this.fetch, scratch, variant), cache, slots, batch, words, value.view);
    }
  }

  /** Where the batch's result lies after `encode`. */
  readonly result: { view: View; rows: number; columns: number };

  async compile(): Promise<void> {
    await Promise.all([this.forward.compile(), this.fetch?.compile()]);
  }

  /**
   * Whether batches need no forward pass any more, nor what that would read.
   * @param slots by student
   */
  knows(slots: readonly (readonly number[])[]): boolean {
    return (
      this.fetch !== undefined &&
      slots.every((own, student) => own.every((slot) => this.seenBy(student)[slot] === 1))
    );
  }

  /** @param slots by student */
  encode(pass: GPUComputePassEncoder, slots: readonly (readonly number[])[]): void {
    if (this.knows(slots)) {
      this.fetch!.encode(pass);
      return;
    }
    this.forward.encode(pass);
    this.computed++;
    if (this.fetch === undefined) return;
    slots.forEach((own, student) => {
      for (const slot of own) this.seenBy(student)[slot] = 1;
    });
  }

  private seenBy(student: number): Uint8Array {
    return this.seen[student % this.seen.length]!;
  }

  /** Cost of a step whose batches are not known yet, and of one whose are. */
  get work(): { fresh: Work; known: Work } {
    return { fresh: this.forward.work, known: (this.fetch ?? this.forward).work };
  }
}
