import type * as tf from '@tensorflow/tfjs-core';
import { objectiveLosses } from '../../objectives/registry.ts';
import { stopGradient } from '../../objectives/shared/stop-gradient.ts';
import type { ObjectiveKey } from '../../recipe/objectives.ts';
import { answerPredictors, sequenceFeatures } from '../../tfjs/features.ts';
import type { ModelInputs } from '../../tfjs/inputs.ts';
import type { Vlm } from '../../tfjs/vlm.ts';
import type { AnswerInputs, AnswerSpace } from '../answer-inputs.ts';
import type { ObjectiveWeights } from '../objective-weights.ts';

/** An objective's own term, from the student's logits and the features behind them at the positions that predict the answers. */
export type OwnTerm = (logits: tf.Tensor2D, features: tf.Tensor2D) => tf.Scalar;

/** One batch as the term reads it. */
export interface OwnTermBatch {
  /** Indices into the run's training examples. */
  indices: readonly number[];
  answers: AnswerInputs;
  teacher: ModelInputs;
}

/**
 * The own term of an objective, undefined where it has none.
 * @param batch asked for inside the tidy that the loss is computed in
 */
export function ownTerm(
  objective: ObjectiveKey,
  models: Record<'student' | 'teacher', Vlm>,
  own: ObjectiveWeights | undefined,
  batch: () => OwnTermBatch,
): OwnTerm | undefined {
  const loss = objectiveLosses[objective];
  if (loss === undefined) return undefined;
  const space = (model: Vlm, logits: tf.Tensor2D, features: tf.Tensor2D): AnswerSpace => ({
    logits,
    features,
    embeddings: stopGradient(model.embeddingTable()),
    head: model.headTable(),
  });
  return (studentLogits, studentFeatures) => {
    const { indices, answers, teacher } = batch();
    const features = answerPredictors(sequenceFeatures(models.teacher, teacher), teacher);
    const logits = models.teacher.head(features);
    const weights = own?.weights ?? new Map<string, tf.Tensor>();
    if (loss.reads === 'logits')
      return loss.loss(answers.around(indices, { student: studentLogits, teacher: logits }), weights);
    return loss.loss(
      answers.within(indices, {
        student: space(models.student, studentLogits, studentFeatures),
        teacher: space(models.teacher, logits, features),
      }),
      weights,
    );
  };
}
