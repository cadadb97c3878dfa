import * as tf from '@tensorflow/tfjs-core';
import type { AnswerChunks, AnswerLogits, LogitInputs } from '../objectives/objective.ts';
import type { VocabularyTables } from '../objectives/vocabulary-tables.ts';
import type { LoadedModel } from '../session.ts';
import { alignTokens } from '../tokenizers/alignment.ts';
import { TokenTable, type Bounds } from './token-table.ts';
import type { AnsweredExamples } from './training-set.ts';

type Side = 'teacher' | 'student';

/** What objectives over logits read of a batch beside the logits: labels, masks, and which tokens of the two answers spell the same bytes. */
export class AnswerInputs {
  private readonly tokens: Record<Side, TokenTable>;
  private readonly chunks = new Map<number, Record<Side, Int32Array>>();

  constructor(
    private readonly models: Record<Side, LoadedModel>,
    private readonly answered: AnsweredExamples,
    private readonly bounds: Record<Side, Bounds>,
    private readonly vocabulary: VocabularyTables,
  ) {
    const table = (side: Side) => new TokenTable(models[side], answered.examples, bounds[side]);
    this.tokens = { teacher: table('teacher'), student: table('student') };
  }

  /** The inputs of a batch around the given logits, [B·Na, V] each. Inside a tidy. */
  around(examples: readonly number[], logits: Record<Side, tf.Tensor2D>): LogitInputs {
    const indices = examples.map((index) => index % this.answered.count);
    const batch = indices.length;
    const side = (which: Side): AnswerLogits => {
      const { Na } = this.bounds[which];
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
    const side = (which: Side) => {
      const { Na } = this.bounds[which];
      const all = new Int32Array(indices.length * Na).fill(-1);
      indices.forEach((index, b) => all.set(this.align(index)[which], b * Na));
      return tf.tensor2d(all, [indices.length, Na], 'int32');
    };
    const count = Math.min(this.bounds.student.Na, this.bounds.teacher.Na);
    return { student: side('student'), teacher: side('teacher'), count };
  }

  private align(index: number): Record<Side, Int32Array> {
    let chunks = this.chunks.get(index);
    if (chunks === undefined) {
      const side = (which: Side) => {
        const { labels, answerLength } = this.tokens[which].row(index);
        const { surface, eosId } = this.models[which].tokenizer;
        return { ids: [...labels.subarray(0, answerLength)], surface, eosId };
      };
      const { answer } = this.answered.examples[index]!;
      chunks = alignTokens(answer, side('student'), side('teacher')).chunkOf;
      this.chunks.set(index, chunks);
    }
    return chunks;
  }
}
