import { bindingAlignment as alignment, part, type Memory } from '../../../wgsl/core/memory.ts';
import type { View } from '../../../wgsl/core/view.ts';

/** All integers of several batches in one buffer, a row each; the rows of one step are written by one upload. */
export class BatchBuffer<Name extends string> {
  private readonly host: Int32Array<ArrayBuffer>;
  private readonly starts: Record<Name, number>;
  private readonly stride: number;
  private readonly whole: View;

  constructor(
    private readonly memory: Memory,
    private readonly lengths: Record<Name, number>,
    rows: number,
  ) {
    this.starts = {} as Record<Name, number>;
    let at = 0;
    for (const name of Object.keys(lengths) as Name[]) {
      this.starts[name] = at;
      at += Math.ceil(lengths[name] / alignment) * alignment;
    }
    this.stride = at;
    this.whole = memory.allocate(rows * at, 'batch');
    this.host = new Int32Array(rows * at);
  }

  view(row: number, name: Name): View {
    return part(this.whole, row * this.stride + this.starts[name], this.lengths[name]);
  }

  set(row: number, name: Name, values: ArrayLike<number>, from = 0): void {
    this.host.set(values, row * this.stride + this.starts[name] + from);
  }

  /** Writes `count` rows from row `first` on. */
  upload(first: number, count: number): void {
    const [from, length] = [first * this.stride, count * this.stride];
    this.memory.upload(part(this.whole, from, length), this.host.subarray(from, from + length));
  }
}
