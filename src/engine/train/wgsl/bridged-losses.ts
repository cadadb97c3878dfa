import * as tf from '@tensorflow/tfjs-core';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import { answerPredictors } from '../../wgsl/ops/tokens.ts';
import type { Parameter } from '../../wgsl/core/parameters.ts';
import type { WgslVlm } from '../../wgsl/vlm.ts';
import type { Objective } from '../../objectives/shared/objective.ts';
import { objectiveLosses } from '../../objectives/registry.ts';
import type { AnswerSpace } from '../answer-inputs.ts';
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
  const whole = (value: Value): Bridged => ({ value, columns: value.columns });
  const objective = objectiveLosses[recipe.objective]!;
  const read =
    objective.reads === 'logits'
      ? { tracked: [logits.student], constant: [logits.teacher] }
      : {
          tracked: [logits.student, whole(inputs.predictors)],
          constant: [
            ...tables(tape, student),
            logits.teacher,
            whole(teacher.predictors),
            ...tables(tape, shared.teacher),
          ],
        };
  return new ObjectiveBridge(tape.memory, read, weight, bridgedLoss(arm, objective, weight));
}

/** The objective's loss over the matrices that its bridge reads; its own weights are trained on the way. */
function bridgedLoss({ batches, seed, own }: ArmContext, objective: Objective, weight: number): BridgedLoss {
  return ({ examples: all, count }, tracked, constant) => {
    const examples = all[seed]!;
    const loss = (matrices: tf.Tensor2D[], weights: ReadonlyMap<string, tf.Tensor>) => {
      if (objective.reads === 'logits') {
        const [student, teacher] = [matrices[0]!, constant[0]!];
        return objective.loss(batches.answers.around(examples, { student, teacher }), weights);
      }
      const student = answerSpace([...matrices, ...constant.slice(0, 2)]);
      const teacher = answerSpace(constant.slice(2));
      return objective.loss(batches.answers.within(examples, { student, teacher }), weights);
    };
    const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
      loss(
        given.slice(0, tracked.length) as tf.Tensor2D[],
        own?.named(given.slice(tracked.length)) ?? new Map(),
      ),
    )([...tracked, ...(own?.weights.values() ?? [])]);
    own?.update(
      grads.slice(tracked.length).map((gradient) => tf.mul(gradient, weight)),
      count,
    );
    return { value, gradients: grads.slice(0, tracked.length) as tf.Tensor2D[] };
  };
}

function answerSpace(matrices: readonly tf.Tensor2D[]): AnswerSpace {
  const [logits, features, embeddings, head] = matrices as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { logits, features, embeddings, head };
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
      code: `if (index < ${words}) { store_result(index, load_source(index)); }`,
    });
    return { value, columns: hiddenSize };
  };
  const first = copied(embeddings);
  return [first, head.key === embeddings.key ? first : copied(head)];
}
