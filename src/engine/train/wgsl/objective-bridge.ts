import * as tf from '@tensorflow/tfjs-core';
import type { LossRows } from '../../wgsl/ops/losses.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import type { View } from '../../wgsl/core/view.ts';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import type { UpdateRequest } from '../update.ts';

/** A recorded matrix that plain tfjs reads, [rows, stride], of which `columns` count. */
export interface Bridged {
  value: Value;
  columns: number;
}

/** A loss of tensors over recorded matrices, with its gradient by each of the tracked ones. Inside a tidy. */
export type BridgedLoss = (
  request: UpdateRequest,
  tracked: tf.Tensor2D[],
  constant: tf.Tensor2D[],
) => { value: tf.Scalar; gradients: tf.Tensor2D[] };

/**
 * An objective between a recorded forward and a recorded backward pass: plain tfjs reads matrices where they lie, and its gradients are added
 * to theirs.
 */
export class ObjectiveBridge {
  /** The objective's value. */
  readonly rows: LossRows;
  private readonly packed: View;
  /** Words of all gradients; the value comes after them. */
  private readonly length: number;
  /** The matrices as tfjs tensors over the recorded buffers. */
  private adopted: { tracked: tf.Tensor2D[]; constant: tf.Tensor2D[] } | undefined;

  constructor(
    private readonly memory: Memory,
    private readonly inputs: { tracked: readonly Bridged[]; constant: readonly Bridged[] },
    private readonly weight: number,
    private readonly loss: BridgedLoss,
  ) {
    this.length = inputs.tracked.reduce((sum, { value }) => sum + value.rows * value.columns, 0);
    this.packed = memory.allocate(this.length + 1, 'objective');
    this.rows = { view: this.packed, from: this.length, rows: 1 };
  }

  /** Records what hands the gradients on; the first dispatches of the backward pass. */
  record(tape: Tape): void {
    let from = 0;
    for (const { value } of this.inputs.tracked) {
      const gradient = tape.target(value);
      const words = value.rows * value.columns;
      tape.add({
        label: 'add objective',
        bindings: [
          { name: 'source', view: this.packed },
          { name: 'result', view: gradient.view, write: true },
        ],
        threads: words,
        code: `if (index < ${words}) { store_result(index, ${gradient.accumulate ? 'load_result(index) + ' : ''}load_source(index + ${from})); }`,
      });
      from += words;
    }
  }

  /** Computes loss and gradients of a batch whose forward pass has been submitted. */
  run(request: UpdateRequest): void {
    const { tracked, constant } = this.inputs;
    const adopted = (this.adopted ??= { tracked: tracked.map(adopt), constant: constant.map(adopt) });
    const packed = tf.tidy(() => {
      const { value, gradients } = this.loss(
        request,
        adopted.tracked.map((tensor, i) => real(tracked[i]!, tensor)),
        adopted.constant.map((tensor, i) => real(constant[i]!, tensor)),
      );
      const flat = gradients.map((gradient, i) => {
        const padding = tracked[i]!.value.columns - tracked[i]!.columns;
        const padded = tf.pad(tf.mul<tf.Tensor2D>(gradient, this.weight), [
          [0, 0],
          [0, padding],
        ]);
        return tf.reshape(padded, [-1]);
      });
      return tf.concat([...flat, tf.reshape(value, [1])]);
    });
    const { tensorRef, buffer } = packed.dataToGPU();
    const encoder = this.memory.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer!, 0, this.packed.buffer, 0, (this.length + 1) * 4);
    this.memory.device.queue.submit([encoder.finish()]);
    tf.dispose([tensorRef, packed]);
  }

  dispose(): void {
    tf.dispose({ ...this.adopted });
  }
}

function adopt({ value: { view, rows, columns } }: Bridged): tf.Tensor2D {
  return tf.tensor<tf.Rank.R2>({ buffer: view.buffer, zeroCopy: true }, [rows, columns], 'float32');
}

function real({ value, columns }: Bridged, tensor: tf.Tensor2D): tf.Tensor2D {
  return tf.slice(tensor, [0, 0], [value.rows, columns]);
}
