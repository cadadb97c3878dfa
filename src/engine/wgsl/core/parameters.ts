import type { HostTensors } from '../../models/host-tensor.ts';
import type { Frozen } from '../../device/variant.ts';
import { floatToHalf } from '../../models/checkpoints/half.ts';
import type { Lora } from '../../recipe/recipe.ts';
import { bindingAlignment, part, type Memory } from './memory.ts';
import { ofStudent, type View } from './view.ts';

/** Weights that one kernel reads as a single matrix lie next to each other: q over k over v, gate over up; their adapters do as well. */
const merged = [
  /^(.*self_attn\.)(?:q|k|v)_proj((?:\.lora_[AB])?\.weight|\.bias)$/,
  /^(.*mlp\.)(?:gate|up)_proj((?:\.lora_[AB])?\.weight|\.bias)$/,
];
interface Entry {
  name: string;
  shape: readonly number[];
  size: number;
  /** Words from the start of the store. */
  at: number;
}

/** Where kernels find weights by their names. */
export interface WeightStore extends Pick<Parameters, 'get' | 'has'> {
  /** How the adapters that stand beside weights are added, where there are any. */
  readonly lora?: Lora | undefined;
}

/** Weights of two stores; those of the first come first. `lora` where there are adapters among them. */
export function layered(first: WeightStore, second: WeightStore, lora?: Lora): WeightStore {
  return {
    lora,
    has: (name) => first.has(name) || second.has(name),
    get: (name) => (first.has(name) ? first : second).get(name),
  };
}

/** What a student's updates change. */
export type StateBuffer = 'weights' | 'first' | 'second';

/** A weight, or several merged ones, as kernels see it. */
export interface Parameter {
  key: string;
  weight: View;
  /** Absent in a frozen store. */
  gradient?: View;
}

/**
 * All weights of one model, or of everything that is trained of every student, in one buffer; gradients and AdamW's moments, where trained, in three
 * more of the same layout. Matrices are padded to a multiple of four rows with zeros that stay zero. The students' copies of a weight lie side by side,
 * weight by weight: a kernel may write two weights, and what is bound for one must not reach over the other. Frozen weights may be kept as packed f16,
 * and lie in several buffers where the device gives none so large.
 */
export class Parameters {
  /** All of them, where they are trained; of frozen ones those of the first buffer. */
  readonly weights: View;
  readonly gradients?: View;
  readonly first?: View;
  readonly second?: View;
  /**
   * int32, two numbers per 64 weights of a student: the vec4 at which they begin in the buffers, and 1 where weight decay applies (matrices).
   */
  readonly blocks?: View;
  /** Words of one student. */
  readonly length: number;
  private readonly entries = new Map<string, Entry>();
  private readonly groups = new Map<string, { at: number; length: number }>();
  /** The buffers of the weights, each with the words of one student in front of it. */
  private readonly chunks: { from: number; view: View }[] = [];

  /**
   * @param host what every student begins with.
   * @param kind `f16` is frozen as well, and the same for all students.
   * @param label what the weights' buffer is called.
   */
  constructor(
    private readonly memory: Memory,
    host: HostTensors,
    private readonly kind: 'trained' | Frozen,
    label = 'weights',
  ) {
    const alignment = this.alignment;
    const grouped = new Map<string, string[]>();
    for (const name of host.keys()) {
      const key = groupKey(name);
      grouped.set(key, [...(grouped.get(key) ?? []), name]);
    }
    let at = 0;
    const starts = [0];
    const bytes = kind === 'f16' ? 2 : 4 * this.students;
    const most = kind === 'trained' ? Infinity : memory.device.limits.maxBufferSize / bytes;
    const blocks: { at: number; stride: number; decays: boolean }[] = [];
    for (const [key, members] of grouped) {
      const start = at;
      members.sort((a, b) => order(a) - order(b));
      for (const name of members) {
        const { shape, data } = host.get(name)!;
        this.entries.set(name, { name, shape, size: data.length, at });
        at += data.length;
      }
      const { shape, data } = host.get(members.at(-1)!)!;
      if (shape.length >= 2) at += (ceil(shape[0]!, 4) - shape[0]!) * (data.length / shape[0]!);
      this.groups.set(key, { at: start, length: at - start });
      at = ceil(at, alignment);
      if (at - starts.at(-1)! > most && start > starts.at(-1)!) starts.push(start);
      for (let block = start; block < at; block += alignment)
        blocks.push({
          at: start * this.students + block - start,
          stride: at - start,
          decays: shape.length >= 2,
        });
    }
    this.length = at;
    starts.forEach((from, i) => {
      const numbers = (starts[i + 1] ?? at) - from;
      const view =
        kind === 'f16'
          ? memory.allocateHalf(numbers, label)
          : memory.allocateOnce(numbers * this.students, label);
      this.chunks.push({ from, view });
    });
    this.weights = this.chunks[0]!.view;
    const values = new Map([...host].map(([name, { data }]) => [name, data]));
    if (!memory.dry)
      for (let student = 0; student < this.students; student++) this.write('weights', student, values);
    if (kind !== 'trained') return;
    this.gradients = memory.allocateOnce(at * this.students, 'gradients');
    this.first = memory.allocateOnce(at * this.students, 'first moments');
    this.second = memory.allocateOnce(at * this.students, 'second moments');
    this.blocks = memory.allocate(2 * blocks.length, 'blocks');
    for (let student = 0; student < this.students; student++)
      memory.upload(
        ofStudent(this.blocks, student),
        Int32Array.from(
          blocks.flatMap((block) => [(block.at + student * block.stride) / 4, block.decays ? 1 : 0]),
        ),
      );
  }

  /** Numbers at whose multiples weights begin. */
  private get alignment(): number {
    return this.kind === 'f16' ? 2 * bindingAlignment : bindingAlignment;
  }

  /** How many students have weights of their own here. */
  get students(): number {
    return this.memory.students;
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
      weight: this.place('weights', group),
      ...(this.gradients !== undefined && { gradient: this.place('gradients', group) }),
    };
  }

  /** The weights of one student, for kernels that read no other's. */
  ofStudent(student: number): WeightStore {
    return {
      has: (name) => this.has(name),
      get: (name) => {
        const { key, weight } = this.get(name);
        return { key, weight: ofStudent(weight, student) };
      },
    };
  }

  /** The smallest range of words that holds the named weights; other weights must not lie between them. */
  range(names: readonly string[]): { from: number; length: number } {
    const { alignment } = this;
    const groups = [...new Set(names.map(groupKey))].map((key) => this.groups.get(key)!);
    const from = Math.min(...groups.map(({ at }) => at));
    const to = Math.max(...groups.map(({ at, length }) => ceil(at + length, alignment)));
    const held = groups.reduce((sum, { length }) => sum + ceil(length, alignment), 0);
    if (held !== to - from) throw new Error('the trained weights are not contiguous');
    return { from, length: to - from };
  }

  /** How many numbers every weight has, by name. */
  sizes(): Map<string, number> {
    return new Map([...this.entries.values()].map(({ name, size }) => [name, size]));
  }

  /** Splits a student's numbers, one after the other, by weight name. */
  split(all: Float32Array): Map<string, Float32Array> {
    return new Map([...this.entries.values()].map(({ name, at, size }) => [name, all.slice(at, at + size)]));
  }

  /** The reverse of `split`. */
  private join(values: ReadonlyMap<string, Float32Array>): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.length);
    for (const { name, at } of this.entries.values()) all.set(values.get(name)!, at);
    return all;
  }

  /** A host copy of one student's, by weight name. */
  async read(which: StateBuffer, student: number): Promise<Map<string, Float32Array>> {
    const groups = [...this.groups.values()];
    const views = groups.map((group) => ofStudent(this.place(which, group), student));
    const all = new Float32Array(this.length);
    (await this.memory.readAll(views)).forEach((values, i) => all.set(values, groups[i]!.at));
    return this.split(all);
  }

  /** The reverse of `read`. */
  write(which: StateBuffer, student: number, numbers: ReadonlyMap<string, Float32Array>): void {
    const all = this.join(numbers);
    for (const group of this.groups.values()) {
      const { at, length } = group;
      const values = all.subarray(at, at + length);
      const own = ofStudent(this.place(which, group), student);
      this.memory.upload(own, this.kind === 'f16' ? packed(values) : values);
    }
  }

  /** A group of weights, or what belongs to it, in its buffer. */
  private place(which: StateBuffer | 'gradients', { at, length }: { at: number; length: number }): View {
    const chunk = this.chunks.findLast(({ from }) => from <= at)!;
    const buffer = which === 'weights' ? chunk.view : this[which]!;
    const from = at - chunk.from;
    if (this.kind === 'f16') return part(buffer, from / 2, Math.ceil(length / 2));
    const view = part(buffer, from * this.students, length);
    if (this.students === 1) return view;
    const stride = ceil(length, this.alignment);
    return { ...view, students: Array.from({ length: this.students }, (_, student) => student * stride) };
  }
}

/** Numbers as packed f16; what is too large for it becomes the largest there is. */
function packed(values: Float32Array): Int32Array<ArrayBuffer> {
  const halves = new Uint16Array(2 * Math.ceil(values.length / 2));
  values.forEach((value, i) => (halves[i] = floatToHalf(Math.min(Math.max(value, -65504), 65504))));
  return new Int32Array(halves.buffer);
}

/** Order inside a merged matrix. */
function order(name: string): number {
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
