import { EngineError } from '../../errors.ts';
import { Ledger } from './ledger.ts';
import type { View } from './view.ts';

// GPUBufferUsage values; the constants are no globals in Node.
const storage = 0x80;
const copySource = 0x04;
const copyTarget = 0x08;
const mapRead = 0x01;
/** Words at whose multiples bindings may begin: every student's copy does, and so can be bound alone. */
export const bindingAlignment = 64;

/** Owns the GPU buffers of a run, or of a list of students that are trained together. Every buffer starts zeroed (WebGPU guarantees it). */
export class Memory {
  private parent: Memory | undefined;
  private readonly children = new Set<Memory>();
  private disposed = false;
  private readonly buffers: GPUBuffer[] = [];
  /** Bytes by label. */
  private readonly held = new Map<string, number>();

  /**
   * @param dry counts what would be allocated, and allocates nothing: for forecasts. Its views must never be bound.
   * @param students how many have a copy each of what is allocated.
   * @param ledger what memories of the same run keep together
   */
  constructor(
    readonly device: GPUDevice,
    readonly dry = false,
    readonly students = 1,
    readonly ledger = new Ledger(),
  ) {}

  /** A memory of the same kind that can be given back on its own, and is at the latest with this one: whatever fails half-way leaves nothing behind. */
  child(students = this.students): Memory {
    const child = new Memory(this.device, this.dry, students, this.ledger);
    child.parent = this;
    this.children.add(child);
    return child;
  }

  /** A buffer of its own for `length` 32-bit words of every student. */
  allocate(length: number, label = ''): View {
    const { words, all, students } = this.layout(length);
    return { ...this.allocateOnce(all, label), length: words, ...(students && { students }) };
  }

  /** Where every student's copy of `length` words begins, and how many words all of them are. */
  protected layout(length: number): { words: number; all: number; students?: number[] } {
    const words = Math.ceil(Math.max(length, 4) / 4) * 4;
    if (this.students === 1) return { words, all: words };
    const stride = Math.ceil(words / bindingAlignment) * bindingAlignment;
    const students = Array.from({ length: this.students }, (_, student) => student * stride);
    return { words, all: stride * this.students, students };
  }

  /** A buffer for `length` 32-bit words that all students share. @throws EngineError `out-of-memory` where the device gives none so large. */
  allocateOnce(length: number, label = ''): View {
    const size = Math.ceil(Math.max(length, 4) / 4) * 16;
    if (!this.dry && size > this.device.limits.maxBufferSize)
      throw tooLarge(
        `One buffer for ${label || 'the numbers between two layers'}`,
        size,
        this.device.limits.maxBufferSize,
      );
    // Recording tells buffers apart, so each has something of its own.
    const buffer = this.dry
      ? ({} as GPUBuffer)
      : this.device.createBuffer({ label, size, usage: storage | copySource | copyTarget });
    if (!this.dry) this.buffers.push(buffer);
    this.held.set(label, (this.held.get(label) ?? 0) + size);
    this.ledger.allocated(label, size);
    return { buffer, offset: 0, length: size / 4 };
  }

  /** A buffer for `numbers` of packed f16 that all students share. */
  allocateHalf(numbers: number, label = ''): View {
    return { ...this.allocateOnce(Math.ceil(numbers / 2), label), half: true };
  }

  /** Of its buffers and of its children's. */
  get bytes(): number {
    const own = [...this.held.values()].reduce((a, b) => a + b, 0);
    return [...this.children].reduce((sum, child) => sum + child.bytes, own);
  }

  /** Writes the same to every student's copy. */
  upload(view: View, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): void {
    if (this.dry) return;
    const { buffer, offset, students = [0] } = view;
    for (const words of students) this.device.queue.writeBuffer(buffer, offset + 4 * words, data);
  }

  /** Reads a view of one student, or of what all share, back: one copy and one map. */
  async read(view: View, length = view.length): Promise<Float32Array<ArrayBuffer>> {
    return (await this.readAll([{ ...view, length }]))[0]!;
  }

  /**
   * Reads views of one student each back: one map for all.
   * @throws EngineError `engine-busy` after `dispose`: a copy from a buffer that is gone would end the device.
   */
  async readAll(views: readonly View[]): Promise<Float32Array<ArrayBuffer>[]> {
    if (this.disposed)
      throw new EngineError('engine-busy', 'What was to be read has been given back.', 'Run again.');
    const words = views.reduce((sum, { length }) => sum + length, 0);
    const staging = this.device.createBuffer({ size: words * 4, usage: mapRead | copyTarget });
    const encoder = this.device.createCommandEncoder();
    let to = 0;
    const places = views.map(({ buffer, offset, length }) => {
      encoder.copyBufferToBuffer(buffer, offset, staging, to, length * 4);
      const from = to;
      return [from, (to += length * 4)] as const;
    });
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const all = staging.getMappedRange();
    const each = places.map(([from, end]) => new Float32Array(all.slice(from, end)));
    staging.destroy();
    return each;
  }

  dispose(): void {
    this.disposed = true;
    for (const child of this.children) child.dispose();
    this.parent?.children.delete(this);
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
    for (const [label, bytes] of this.held) this.ledger.freed(label, bytes);
    this.held.clear();
  }
}

/** `length` words of a view from word `from` on, of every student; `from` must be a multiple of 64 to be bound. */
export function part(view: View, from: number, length: number): View {
  return { ...view, offset: view.offset + from * 4, length };
}

/** The failure of something that needs more bytes at once than the device gives. */
export function tooLarge(what: string, bytes: number, most: number): EngineError {
  return new EngineError(
    'out-of-memory',
    `${what} would take ${Math.ceil(bytes / 2 ** 20)} MiB; this graphics card gives ${Math.floor(most / 2 ** 20)} MiB at a time.`,
    'Train by LoRA, or choose a smaller batch, fewer students or a smaller model.',
  );
}
