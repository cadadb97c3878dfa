import * as tf from '@tensorflow/tfjs-core';
import type { AnswerChunks, AnswerLogits, LogitInputs } from '../objectives/objective.ts';
import type { VocabularyTables } from '../objectives/vocabulary-tables.ts';
import type { LoadedModel } from '../session.ts';
import { AnswerAligner } from '../tokenizers/answer-aligner.ts';
import type { TokenTable } from './token-table.ts';
import type { AnsweredExamples } from './training-set.ts';

type Side = 'teacher' | 'student';

/** What objectives over logits read of a batch beside the logits: labels, masks, and which tokens of the two answers spell the same bytes. */
export class AnswerInputs {
  private readonly aligner: AnswerAligner;

  constructor(
    models: Record<Side, LoadedModel>,
    private readonly tokens: Record<Side, TokenTable>,
    private readonly answered: AnsweredExamples,
    private readonly vocabulary: VocabularyTables,
  ) {
    this.aligner = new AnswerAligner(models.student.tokenizer, models.teacher.tokenizer);
  }

  /** The inputs of a batch around the given logits, [B·Na, V] each. Inside a tidy. */
  around(examples: readonly number[], logits: Record<Side, tf.Tensor2D>): LogitInputs {
    const indices = examples.map((index) => index % this.answered.count);
    const batch = indices.length;
    const side = (which: Side): AnswerLogits => {
      const { Na } = this.tokens[which].bounds;
      const rows = indices.map((index) => this.tokens[which].row(index));
      const labels = new Int32Array(batch * Na);
      const mask = new Float32Array(batch * Na);
      rows.forEach((row, b) => {
        labels.set(row.labels, b * Na);
        mask.fill(1, b * Na, b * Na + row.answerLength);
      });
      return {
        logits: tf.reshape(logits[which], [batch, Na, -1]),
        labels: tf.tensor2d(labels, [batch, Na], 'int32'),
        mask: tf.tensor2d(mask, [batch, Na]),
      };
    };
    return {
      batch,
      student: side('student'),
      teacher: side('teacher'),
      chunks: this.chunksOf(indices),
      vocabulary: this.vocabulary,
    };
  }

  private chunksOf(indices: readonly number[]): AnswerChunks {
    const [Ns, Nl] = [this.tokens.student.bounds.Na, this.tokens.teacher.bounds.Na];
    const answers = indices.map((index) => this.answered.examples[index]!.answer);
    const { student, teacher, count } = this.aligner.chunkNumbers(answers, Ns, Nl);
    return {
      student: tf.tensor2d(student, [indices.length, Ns], 'int32'),
      teacher: tf.tensor2d(teacher, [indices.length, Nl], 'int32'),
      count,
    };
  }
}
