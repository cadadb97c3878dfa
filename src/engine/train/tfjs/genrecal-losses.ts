import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, klDivergence, weightedMean } from '../../tfjs/ops/token-losses.ts';
import { answerPredictors, joinTokens, sequenceFeatures } from '../../tfjs/features.ts';
import { sliceTokens } from '../../tfjs/slice-tokens.ts';
import type { ModelInputs } from '../../tfjs/inputs.ts';
import type { Vlm } from '../../tfjs/vlm.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { StageKey } from '../../method/stages.ts';
import { lossWeights, type LossTerms } from '../../method/losses.ts';
import { splitSequence, type Recalibrator, type RecalibratorContext } from '../../tfjs/recalibrator.ts';

/** Everything the frozen teacher contributes to one batch. */
export interface TeacherFeatures {
  /** z_l, [B·(Nq_l+Na_l), d_l] */
  sequence: tf.Tensor2D;
  /** What stands for the answer in the Recalibrator's input, [B·Na_l, d_l]. */
  answer: tf.Tensor2D;
  /** log softmax(H_l(z_l)/T) at the positions that predict the answer, [B·Na_l, V_l] */
  logProbabilities: tf.Tensor2D;
}

/** Runs the teacher once on a batch. */
export function teacherFeatures(teacher: Vlm, inputs: ModelInputs, recipe: Recipe): TeacherFeatures {
  return tf.tidy(() => {
    const sequence = sequenceFeatures(teacher, inputs);
    const logits = teacher.head(answerPredictors(sequence, inputs));
    return {
      sequence,
      answer:
        recipe.recalibrator.answerFeatures === 'teacher-body'
          ? splitSequence(sequence, inputs).answer
          : teacher.embedText(inputs.labels),
      logProbabilities: tf.logSoftmax<tf.Tensor2D>(tf.div(logits, recipe.loss.temperature)),
    };
  });
}

export type Terms = Partial<Record<keyof LossTerms, tf.Scalar>>;

export interface ObjectiveInputs {
  student: ModelInputs;
  teacher: ModelInputs;
  features: TeacherFeatures;
  context: RecalibratorContext;
}

/** Loss terms of GenRecal over one batch (genrecal, “Losses”). Means over real answer tokens, nats. */
export class GenRecalLosses {
  constructor(
    private readonly recipe: Recipe,
    private readonly student: Vlm,
    private readonly teacher: Vlm,
    private readonly recalibrator: Recalibrator | undefined,
  ) {}

  /** Terms of stage 1 or 2, with `total` their weighted sum. */
  terms(stage: 'align' | 'distil', inputs: ObjectiveInputs): Terms {
    const weights = lossWeights(stage, this.recipe);
    const studentSequence = sequenceFeatures(this.student, inputs.student);
    const terms: Terms = this.main(studentSequence, inputs);
    if (weights.regCe !== undefined || weights.regKl !== undefined || weights.regMse !== undefined)
      Object.assign(terms, this.regulariser(inputs));
    if (weights.sft !== undefined) terms.sft = this.sft(studentSequence, inputs.student);
    return { ...terms, total: weighted(terms, weights) };
  }

  /** Stage 3, and stage 2 of an arm without a Recalibrator: L_sft, and `distillation` of the student's logits where given. */
  withoutRecalibrator(
    stage: StageKey,
    student: ModelInputs,
    distillation?: (logits: tf.Tensor2D, features: tf.Tensor2D) => tf.Scalar,
  ): Terms {
    const sequence = sequenceFeatures(this.student, student);
    const predictors = answerPredictors(sequence, student);
    const logits = this.student.head(predictors);
    const terms: Terms = {
      sft: crossEntropy(logits, student.labels, student.labelWeights),
      ...(distillation && { distillation: distillation(logits, predictors) }),
    };
    return { ...terms, total: weighted(terms, lossWeights(stage, this.recipe)) };
  }

  /** CE(H_l(r_al), gt_l) and KL(H_l(z_al) ‖ H_l(r_al)) with x = [z_qs ; pre(z_al)]. */
  private main(studentSequence: tf.Tensor2D, inputs: ObjectiveInputs): Terms {
    const { student, teacher, features, context } = inputs;
    const question = sliceTokens(studentSequence, student.batch, 0, student.questionLength);
    const recalibrated = this.recalibrator!.main(question, features.answer, context.main);
    const predictors = answerPredictors(recalibrated, { ...teacher, questionLength: student.questionLength });
    const { ce, kl } = this.teacherSpace(predictors, teacher, features);
    return { mainCe: ce, mainKl: kl };
  }

  /** The same two terms, or the chosen form, with x = [pre(z_ql) ; pre(z_al)]. */
  private regulariser({ teacher, features, context }: ObjectiveInputs): Terms {
    const input = joinTokens(
      sliceTokens(features.sequence, teacher.batch, 0, teacher.questionLength),
      features.answer,
      teacher.batch,
    );
    const recalibrated = this.recalibrator!.regulariser(input, context.regulariser);
    const predictors = answerPredictors(recalibrated, teacher);
    const form = this.recipe.loss.regulariser;
    if (form === 'feature-mse') {
      const target = answerPredictors(features.sequence, teacher);
      const perRow: tf.Tensor1D = tf.mean(tf.square(tf.sub(predictors, target)), -1);
      return { regMse: weightedMean(perRow, this.answerWeights(teacher)) };
    }
    const { ce, kl } = this.teacherSpace(predictors, teacher, features);
    return { ...(form !== 'kl' && { regCe: ce }), ...(form !== 'ce' && { regKl: kl }) };
  }

  /** CE and KL of recalibrated predictors under the teacher's frozen head. predictors [B·Na_l, d_l]. */
  private teacherSpace(predictors: tf.Tensor2D, teacher: ModelInputs, features: TeacherFeatures) {
    const logits = this.teacher.head(predictors);
    const weights = this.answerWeights(teacher);
    const logQ: tf.Tensor2D = tf.logSoftmax(tf.div(logits, this.recipe.loss.temperature));
    return {
      ce: crossEntropy(logits, teacher.labels, weights),
      kl: klDivergence(features.logProbabilities, logQ, weights),
    };
  }

  /** CE(H_s(z_as), gt_s); every answer token counts, the first one from the last question position. */
  private sft(sequence: tf.Tensor2D, student: ModelInputs): tf.Scalar {
    const logits = this.student.head(answerPredictors(sequence, student));
    return crossEntropy(logits, student.labels, student.labelWeights);
  }

  /** [B·Na]: real answer tokens, without the first one where `firstAnswerToken` is off. */
  private answerWeights(inputs: ModelInputs): tf.Tensor1D {
    if (this.recipe.loss.firstAnswerToken) return inputs.labelWeights;
    const later: tf.Tensor1D = tf.cast(tf.greater(tf.range(0, inputs.answerLength), 0), 'float32');
    return tf.mul(inputs.labelWeights, tf.tile(later, [inputs.batch]));
  }
}

function weighted(terms: Terms, weights: Partial<Record<keyof LossTerms, number>>): tf.Scalar {
  const parts = (Object.keys(terms) as (keyof LossTerms)[]).map((term) =>
    tf.mul(terms[term]!, weights[term] ?? 0),
  );
  return parts.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
}
