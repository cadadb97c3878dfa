import * as tf from '@tensorflow/tfjs-core';
import type { LossRows } from '../fused/losses.ts';
import type { Memory } from '../fused/memory.ts';
import type { View } from '../fused/plan.ts';
import type { Tape, Value } from '../fused/tape.ts';
import { defaultObjectiveOptions, type LogitObjective } from '../objectives/objective.ts';
import type { AnswerInputs } from './answer-inputs.ts';

/** Logits of a recorded forward pass, [B·Na, stride], of which `vocabulary` columns count. */
interface RecordedLogits {
  value: Value;
  vocabulary: number;
}

/**
 * An objective over logits between a recorded forward and a recorded backward pass: plain tfjs reads the logits where they lie, and its
 * gradient is added to theirs.
 */
export class ObjectiveBridge {
  /** The objective's value. */
  readonly rows: LossRows;
  private readonly packed: View;
  private readonly length: number;
  /** The logits as tfjs tensors over the recorded buffers. */
  private adopted: Record<'student' | 'teacher', tf.Tensor2D> | undefined;

  constructor(
    private readonly memory: Memory,
    private readonly objective: LogitObjective,
    private readonly weight: number,
    private readonly answers: AnswerInputs,
    private readonly student: RecordedLogits,
    private readonly teacher: RecordedLogits,
  ) {
    this.length = student.value.rows * student.value.columns;
    this.packed = memory.allocate(this.length + 1, 'objective');
    this.rows = { view: this.packed, from: this.length, rows: 1 };
  }

  /** Records what hands the gradient on; the first dispatch of the backward pass. */
  record(tape: Tape): void {
    const gradient = tape.target(this.student.value);
    tape.add({
      label: 'add objective',
      bindings: [
        { name: 'source', view: this.packed },
        { name: 'result', view: gradient.view, write: true },
      ],
      threads: this.length,
      code: `if (index < ${this.length}) { result[index] = ${gradient.accumulate ? 'result[index] + ' : ''}source[index]; }`,
    });
  }

  /** Computes loss and gradient of a batch whose forward pass has been submitted. */
  run(examples: readonly number[]): void {
    const { student, teacher } = this;
    const adopted = (this.adopted ??= { student: adopt(student.value), teacher: adopt(teacher.value) });
    const packed = tf.tidy(() => {
      const real = ({ vocabulary, value }: RecordedLogits, logits: tf.Tensor2D) =>
        tf.slice(logits, [0, 0], [value.rows, vocabulary]);
      const teacherLogits = real(teacher, adopted.teacher);
      const { value, grad } = tf.valueAndGrad((logits) =>
        this.objective.loss(
          this.answers.around(examples, { student: logits as tf.Tensor2D, teacher: teacherLogits }),
          defaultObjectiveOptions,
        ),
      )(real(student, adopted.student));
      const padding = student.value.columns - student.vocabulary;
      const gradient = tf.pad(tf.mul<tf.Tensor2D>(grad, this.weight), [
        [0, 0],
        [0, padding],
      ]);
      return tf.concat([tf.reshape(gradient, [-1]), tf.reshape(value, [1])]);
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

function adopt({ view, rows, columns }: Value): tf.Tensor2D {
  return tf.tensor<tf.Rank.R2>({ buffer: view.buffer, zeroCopy: true }, [rows, columns], 'float32');
}
