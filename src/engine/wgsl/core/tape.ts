import { merge } from './merge.ts';
import type { Memory } from './memory.ts';
import type { Parameter } from './parameters.ts';
import type { Kernel, Plan } from './plan.ts';
import type { View } from './view.ts';
import { tileFor, type KernelVariant, type Tile } from '../../device/variant.ts';

/** A matrix on the tape. */
export interface Value {
  rows: number;
  columns: number;
  view: View;
  /** Whether a gradient flows through it. */
  tracked: boolean;
  gradient?: View;
}

/** Where a gradient goes: into a fresh buffer, or on top of what is there. */
export interface GradientTarget {
  view: View;
  accumulate: boolean;
}

/**
 * Records the forward dispatches of a pass and, in reverse, those of its backward pass. It runs once per plan, on the host: what comes out is
 * a fixed list of dispatches over fixed buffers. Gradients are added in the order of the tape, never atomically, so runs repeat bit for bit.
 */
export class Tape {
  private readonly backwards: (() => void)[] = [];
  private readonly written = new Set<string>();

  constructor(
    private plan: Plan,
    readonly memory: Memory,
    readonly variant: KernelVariant,
    /** Whether a weight is trained in this plan. */
    readonly trains: (parameter: Parameter) => boolean = () => false,
  ) {}

  get lanes(): number {
    return this.variant.lanes;
  }

  /** How a matrix product with so many numbers in its result is cut up. */
  tile(results: number): Tile {
    return tileFor(this.variant, results);
  }

  add(kernel: Kernel): void {
    this.plan.add(kernel);
  }

  /** Goes on in another plan, where something has to happen between the two. */
  continueIn(plan: Plan): void {
    this.plan = plan;
  }

  /** Adds kernels that do not depend on each other; two become one dispatch where they fit. */
  addTogether(kernels: readonly Kernel[]): void {
    const [first, second] = kernels;
    for (const kernel of first && second ? merge(first, second) : kernels) this.add(kernel);
  }

  value(rows: number, columns: number, tracked: boolean): Value {
    return { rows, columns, tracked, view: this.memory.allocate(rows * columns) };
  }

  onBackward(record: () => void): void {
    this.backwards.push(record);
  }

  /** Where to write the gradient of `value`. */
  target(value: Value): GradientTarget {
    if (value.gradient !== undefined) return { view: value.gradient, accumulate: true };
    value.gradient = this.memory.allocate(value.rows * value.columns);
    return { view: value.gradient, accumulate: false };
  }

  /** Passes `gradient` on to `value`; its buffer is taken over where nothing was there yet. */
  pass(value: Value, gradient: View): void {
    if (value.gradient === undefined) {
      value.gradient = gradient;
      return;
    }
    this.add({
      label: 'add',
      bindings: [
        { name: 'source', view: gradient },
        { name: 'result', view: value.gradient, write: true },
      ],
      threads: value.rows * value.columns,
      code: `if (index < ${value.rows * value.columns}) { store_result(index, load_result(index) + load_source(index)); }`,
    });
  }

  /** Where to write the gradient of a weight; the second use of a weight adds. */
  parameterTarget(parameter: Parameter): GradientTarget {
    const accumulate = this.written.has(parameter.key);
    this.written.add(parameter.key);
    return { view: parameter.gradient!, accumulate };
  }

  /** Records the backward pass. */
  backward(): void {
    for (const record of this.backwards.toReversed()) record();
  }
}
