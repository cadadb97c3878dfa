import * as tf from '@tensorflow/tfjs-core';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import { answerPredictors } from '../../wgsl/ops/tokens.ts';
import type { Parameter } from '../../wgsl/core/parameters.ts';
import type { WgslVlm } from '../../wgsl/vlm.ts';
import { defaultObjectiveOptions, type LogitObjective } from '../../objectives/objective.ts';
import { logitObjective } from '../../objectives/registry.ts';
import type { AnswerSpace } from '../answer-inputs.ts';
import type { DskdArm } from '../dskd-arm.ts';
import type { ArmContext } from './arm-context.ts';
import { ObjectiveBridge, type Bridged, type BridgedLoss } from './objective-bridge.ts';

/** What a bridge stands on: the student's side of an arm's forward pass, and the teacher's features. */
export interface BridgeInputs {
  /** [B·Na_s, d_s], at the positions that predict the answers. */
  predictors: Value;
  /** Their logits, [B·Na_s, stride]. */
  logits: Value;
  /** z_l, [B·(Nq_l+Na_l), d_l] */
  teacher: Value;
}

/** The bridge of the recipe's objective, whichever has a term of its own. */
export function objectiveBridge(
  arm: ArmContext,
  tape: Tape,
  inputs: BridgeInputs,
  weight: number,
): ObjectiveBridge {
  const { shared, recipe, student } = arm;
  const { bounds } = shared.set;
  const predictors = answerPredictors(tape, inputs.teacher, shared.batchSize, bounds.teacher);
  const teacher = { predictors, logits: shared.teacher.head(tape, predictors) };
  const logits = {
    student: { value: inputs.logits, columns: student.config.text.vocabularySize },
    teacher: { value: teacher.logits, columns: shared.teacher.config.text.vocabularySize },
  };
  const objective = logitObjective(recipe.objective);
  if (objective !== undefined)
    return new ObjectiveBridge(
      tape.memory,
      { tracked: [logits.student], constant: [logits.teacher] },
      weight,
      overLogits(arm, objective),
    );
  const whole = (value: Value): Bridged => ({ value, columns: value.columns });
  return new ObjectiveBridge(
    tape.memory,
    {
      tracked: [logits.student, whole(inputs.predictors)],
      constant: [
        ...tables(tape, student),
        logits.teacher,
        whole(teacher.predictors),
        ...tables(tape, shared.teacher),
      ],
    },
    weight,
    overFeatures(arm, arm.dskd!, weight),
  );
}

/** An objective over both models' logits. */
function overLogits({ source }: ArmContext, objective: LogitObjective): BridgedLoss {
  return ({ examples }, [student], [teacher]) => {
    const { value, grad } = tf.valueAndGrad((logits) =>
      objective.loss(
        source.answers.around(examples, { student: logits as tf.Tensor2D, teacher: teacher! }),
        defaultObjectiveOptions,
      ),
    )(student!);
    return { value, gradients: [grad as tf.Tensor2D] };
  };
}

/** DSKD, which trains its projectors on the way. */
function overFeatures({ source }: ArmContext, dskd: DskdArm, weight: number): BridgedLoss {
  return ({ examples, count }, [ownLogits, ownFeatures], constant) => {
    const [embeddings, head, logits, features, teacherEmbeddings, teacherHead] = constant as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const teacher: AnswerSpace = { logits, features, embeddings: teacherEmbeddings, head: teacherHead };
    const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) => {
      const [studentLogits, studentFeatures, ...projectors] = given;
      const student = {
        logits: studentLogits as tf.Tensor2D,
        features: studentFeatures as tf.Tensor2D,
        embeddings,
        head,
      };
      return dskd.loss(source.answers.within(examples, { student, teacher }), projectors);
    })([ownLogits!, ownFeatures!, ...dskd.weights.values()]);
    const [byLogits, byFeatures, ...byProjectors] = grads;
    dskd.update(
      byProjectors.map((gradient) => tf.mul(gradient, weight)),
      count,
    );
    return { value, gradients: [byLogits, byFeatures] as tf.Tensor2D[] };
  };
}

/** A model's token embeddings and head as they are at this update, [V, d] each. */
function tables(tape: Tape, model: WgslVlm): Bridged[] {
  const { vocabularySize, hiddenSize } = model.config.text;
  const { embeddings, head } = model.tokenTables();
  const copied = (parameter: Parameter): Bridged => {
    const value = tape.value(vocabularySize, hiddenSize, false);
    const words = vocabularySize * hiddenSize;
    tape.add({
      label: 'copy table',
      bindings: [
        { name: 'source', view: parameter.weight },
        { name: 'result', view: value.view, write: true },
      ],
      threads: words,
      code: `if (index < ${words}) { result[index] = source[index]; }`,
    });
    return { value, columns: hiddenSize };
  };
  const first = copied(embeddings);
  return [first, head.key === embeddings.key ? first : copied(head)];
}
