import * as tf from '@tensorflow/tfjs-core';
import type { Memory } from '../fused/memory.ts';
import type { Parameters } from '../fused/parameters.ts';
import type { View } from '../fused/plan.ts';
import { Vlm } from '../nn/vlm.ts';
import type { LoadedModel } from '../session.ts';

/** A trained student as tfjs tensors over buffers of their own, for generation. */
export class ExportedStudent {
  private readonly weights = new Map<string, tf.Tensor>();
  private readonly copies: { from: View; to: GPUBuffer }[] = [];
  private readonly vlm: Vlm;

  constructor(
    private readonly memory: Memory,
    trained: Parameters,
    student: LoadedModel,
  ) {
    for (const { name, shape, view } of trained.views()) {
      if (!student.checkpoint.tensors.has(name)) continue;
      const { buffer } = memory.allocate(view.length, name);
      this.weights.set(name, tf.tensor({ buffer, zeroCopy: true }, [...shape], 'float32'));
      this.copies.push({ from: view, to: buffer });
    }
    this.vlm = new Vlm(student.config, this.weights);
  }

  /** The student as it is now. */
  current(): Vlm {
    const { device } = this.memory;
    const encoder = device.createCommandEncoder();
    for (const { from, to } of this.copies)
      encoder.copyBufferToBuffer(from.buffer, from.offset, to, 0, from.length * 4);
    device.queue.submit([encoder.finish()]);
    return this.vlm;
  }

  dispose(): void {
    tf.dispose([...this.weights.values()]);
  }
}
