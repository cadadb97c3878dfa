import type { Memory } from '../../wgsl/core/memory.ts';
import { part } from '../../wgsl/core/memory.ts';
import type { View } from '../../wgsl/core/view.ts';

/** Bindings start at multiples of 256 bytes. */
const alignment = 64;

/** All integers of one batch in one buffer, written by one upload a step. */
export class BatchBuffer<Name extends string> {
  readonly views: Record<Name, View>;
  private readonly host: Int32Array<ArrayBuffer>;
  private readonly parts: Record<Name, Int32Array>;
  private readonly whole: View;

  constructor(
    private readonly memory: Memory,
    lengths: Record<Name, number>,
  ) {
    const starts = {} as Record<Name, number>;
    let at = 0;
    for (const name of Object.keys(lengths) as Name[]) {
      starts[name] = at;
      at += Math.ceil(lengths[name] / alignment) * alignment;
    }
    this.whole = memory.allocate(at, 'batch');
    this.host = new Int32Array(at);
    this.views = {} as Record<Name, View>;
    this.parts = {} as Record<Name, Int32Array>;
    for (const name of Object.keys(lengths) as Name[]) {
      this.views[name] = part(this.whole, starts[name], lengths[name]);
      this.parts[name] = this.host.subarray(starts[name], starts[name] + lengths[name]);
    }
  }

  set(name: Name, values: ArrayLike<number>, from = 0): void {
    this.parts[name].set(values, from);
  }

  upload(): void {
    this.memory.upload(this.whole, this.host);
  }
}
