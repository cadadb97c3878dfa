import * as tf from '@tensorflow/tfjs-core';
import { gatherRows } from '../tfjs/ops/gather-rows.ts';
import type {
  AnswerChunks,
  AnswerFeatures,
  AnswerLogits,
  FeatureInputs,
  LogitInputs,
} from '../objectives/shared/objective.ts';
import type { VocabularyTables } from '../objectives/shared/vocabulary-tables.ts';
import type { LoadedModel } from '../session.ts';
import { AnswerAligner } from '../models/tokenizers/answer-aligner.ts';
import type { TokenTable } from './token-table.ts';
import type { AnsweredExamples } from './training-set.ts';

type Side = 'teacher' | 'student';

/** One model's own space around the answers of a batch. */
export interface AnswerSpace {
  /** [B·Na, V] */
  logits: tf.Tensor2D;
  /** [B·Na, d]: what the head turns into the logits. */
  features: tf.Tensor2D;
  /** Token embeddings, [V, d]. */
  embeddings: tf.Tensor2D;
  /** [V, d] */
  head: tf.Tensor2D;
}

/** What objectives read of a batch beside logits and features: labels, masks, and which tokens of the two answers spell the same bytes. */
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

  /** The same with what the answers' tokens mean to each model. Inside a tidy. */
  within(examples: readonly number[], spaces: Record<Side, AnswerSpace>): FeatureInputs {
    const indices = examples.map((index) => index % this.answered.count);
    const inputs = this.around(examples, { student: spaces.student.logits, teacher: spaces.teacher.logits });
    const side = (which: Side): AnswerFeatures => {
      const { embeddings, features, head } = spaces[which];
      const { Nq, Na } = this.tokens[which].bounds;
      const shape: [number, number, number] = [indices.length, Na, features.shape[1]];
      const read = new Int32Array(indices.length * Na);
      // Each position predicts the token after the one it reads.
      indices.forEach((index, b) => {
        const { codes } = this.tokens[which].row(index);
        read.set(codes.subarray(Nq - 1, Nq - 1 + Na), b * Na);
      });
      const lookUp = (ids: tf.Tensor1D) => tf.reshape<tf.Rank.R3>(gatherRows(embeddings, ids), shape);
      return {
        ...inputs[which],
        features: tf.reshape(features, shape),
        inputEmbeddings: lookUp(tf.tensor1d(read, 'int32')),
        labelEmbeddings: lookUp(tf.reshape(inputs[which].labels, [-1])),
        head,
      };
    };
    return { ...inputs, student: side('student'), teacher: side('teacher') };
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
