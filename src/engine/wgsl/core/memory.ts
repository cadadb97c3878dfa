import type { View } from './view.ts';

// GPUBufferUsage values; the constants are no globals in Node.
const storage = 0x80;
const copySource = 0x04;
const copyTarget = 0x08;
const mapRead = 0x01;

/** Owns the GPU buffers of a run. Every buffer starts zeroed (WebGPU guarantees it). */
export class Memory {
  private readonly buffers: GPUBuffer[] = [];
  private bytesHeld = 0;

  /** @param dry counts what would be allocated, and allocates nothing: for forecasts. Its views must never be bound. */
  constructor(
    readonly device: GPUDevice,
    readonly dry = false,
  ) {}

  /** A separate memory of the same kind, given back on its own. */
  sibling(): Memory {
    return new Memory(this.device, this.dry);
  }

  /** A buffer of its own for `length` 32-bit words. */
  allocate(length: number, label = ''): View {
    const size = Math.ceil(Math.max(length, 4) / 4) * 16;
    this.bytesHeld += size;
    // Recording tells buffers apart, so each has something of its own.
    if (this.dry) return { buffer: {} as GPUBuffer, offset: 0, length: size / 4 };
    const buffer = this.device.createBuffer({ label, size, usage: storage | copySource | copyTarget });
    this.buffers.push(buffer);
    return { buffer, offset: 0, length: size / 4 };
  }

  get bytes(): number {
    return this.bytesHeld;
  }

  upload(view: View, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): void {
    if (!this.dry) this.device.queue.writeBuffer(view.buffer, view.offset, data);
  }

  /** Reads a view back: one copy and one map. */
  async read(view: View, length = view.length): Promise<Float32Array<ArrayBuffer>> {
    const staging = this.device.createBuffer({ size: length * 4, usage: mapRead | copyTarget });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(view.buffer, view.offset, staging, 0, length * 4);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const data = new Float32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return data;
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
    this.bytesHeld = 0;
  }
}

/** `length` words of a view from word `from` on; `from` must be a multiple of 64 to be bound. */
export function part(view: View, from: number, length: number): View {
  return { buffer: view.buffer, offset: view.offset + from * 4, length };
}
