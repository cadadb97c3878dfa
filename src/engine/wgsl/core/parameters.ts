import type { HostTensors } from '../../models/host-tensor.ts';
import { part, type Memory } from './memory.ts';
import type { View } from './view.ts';

/** Weights that one kernel reads as a single matrix lie next to each other: q over k over v, gate over up. */
const merged = [
  /^(.*self_attn\.)(?:q|k|v)_proj(\.weight|\.bias)$/,
  /^(.*mlp\.)(?:gate|up)_proj(\.weight|\.bias)$/,
];
/** Bindings start at multiples of 256 bytes. */
const alignment = 64;

interface Entry {
  name: string;
  shape: readonly number[];
  size: number;
  /** Words from the start of the store. */
  at: number;
}

/** A weight, or several merged ones, as kernels see it. */
export interface Parameter {
  key: string;
  weight: View;
  /** Absent in a frozen store. */
  gradient?: View;
}

/**
 * All weights of one model, or of everything a run trains, in one buffer; gradients and AdamW's moments, where trained, in three more of the same
 * layout. Matrices are padded to a multiple of four rows with zeros that stay zero.
 */
export class Parameters {
  readonly weights: View;
  readonly gradients?: View;
  readonly first?: View;
  readonly second?: View;
  /** One word per 64 weights: 1 where weight decay applies (matrices). */
  readonly decays?: View;
  readonly length: number;
  private readonly entries = new Map<string, Entry>();
  private readonly groups = new Map<string, { at: number; length: number }>();

  constructor(
    private readonly memory: Memory,
    host: HostTensors,
    trained: boolean,
  ) {
    const order = new Map<string, string[]>();
    for (const name of host.keys()) {
      const key = groupKey(name);
      order.set(key, [...(order.get(key) ?? []), name]);
    }
    let at = 0;
    const decays: number[] = [];
    for (const [key, members] of order) {
      const start = at;
      members.sort((a, b) => place(a) - place(b));
      for (const name of members) {
        const { shape, data } = host.get(name)!;
        this.entries.set(name, { name, shape, size: data.length, at });
        at += data.length;
      }
      const { shape, data } = host.get(members.at(-1)!)!;
      if (shape.length >= 2) at += (ceil(shape[0]!, 4) - shape[0]!) * (data.length / shape[0]!);
      this.groups.set(key, { at: start, length: at - start });
      at = ceil(at, alignment);
      while (decays.length < at / alignment) decays.push(shape.length >= 2 ? 1 : 0);
    }
    this.length = at;
    this.weights = memory.allocate(at, 'weights');
    const all = new Float32Array(at);
    for (const [name, { data }] of host) all.set(data, this.entries.get(name)!.at);
    memory.upload(this.weights, all);
    if (trained) {
      this.gradients = memory.allocate(at, 'gradients');
      this.first = memory.allocate(at, 'first moments');
      this.second = memory.allocate(at, 'second moments');
      this.decays = memory.allocate(decays.length, 'decays');
      memory.upload(this.decays, Int32Array.from(decays));
    }
  }

  has(name: string): boolean {
    return this.groups.has(groupKey(name));
  }

  /** @throws when the store has no such weight. */
  get(name: string): Parameter {
    const key = groupKey(name);
    const group = this.groups.get(key);
    if (group === undefined) throw new Error(`no weight “${name}”`);
    return {
      key,
      weight: part(this.weights, group.at, group.length),
      ...(this.gradients !== undefined && { gradient: part(this.gradients, group.at, group.length) }),
    };
  }

  /** The smallest range of words that holds the named weights; other weights must not lie between them. */
  range(names: readonly string[]): { from: number; length: number } {
    const groups = [...new Set(names.map(groupKey))].map((key) => this.groups.get(key)!);
    const from = Math.min(...groups.map(({ at }) => at));
    const to = Math.max(...groups.map(({ at, length }) => ceil(at + length, alignment)));
    const held = groups.reduce((sum, { length }) => sum + ceil(length, alignment), 0);
    if (held !== to - from) throw new Error('the trained weights are not contiguous');
    return { from, length: to - from };
  }

  /** Where a named weight lies, for copies. */
  views(): { name: string; shape: readonly number[]; view: View }[] {
    return [...this.entries.values()].map(({ name, shape, at, size }) => ({
      name,
      shape,
      view: part(this.weights, at, size),
    }));
  }

  /** Splits a host copy of one of the four buffers by weight name. */
  split(all: Float32Array): Map<string, Float32Array> {
    return new Map([...this.entries.values()].map(({ name, at, size }) => [name, all.slice(at, at + size)]));
  }

  /** The reverse of `split`. */
  join(values: ReadonlyMap<string, Float32Array>): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.length);
    for (const { name, at } of this.entries.values()) all.set(values.get(name)!, at);
    return all;
  }

  read(which: 'weights' | 'first' | 'second'): Promise<Float32Array<ArrayBuffer>> {
    return this.memory.read(this[which]!, this.length);
  }
}

/** Order inside a merged matrix. */
function place(name: string): number {
  return ['q_proj', 'k_proj', 'v_proj', 'gate_proj', 'up_proj'].findIndex((part) =>
    name.includes(`.${part}.`),
  );
}

function groupKey(name: string): string {
  for (const pattern of merged) {
    const match = pattern.exec(name);
    if (match !== null) return `${match[1]}*${match[2]}`;
  }
  return name;
}

function ceil(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
