import * as tf from '@tensorflow/tfjs-core';
import { recalibratorShapes } from '../method/recalibrator-shapes.ts';
import type { ModelConfig } from '../models/config.ts';
import type { HostTensor, HostTensors } from '../models/host-tensor.ts';
import { causalBias } from './ops/attention.ts';
import { linear } from './ops/linear.ts';
import { rmsNorm } from './ops/norms.ts';
import { rotaryTable } from './ops/rope.ts';
import { decoderBlock, type DecoderContext } from './decoder.ts';
import { joinTokens } from './features.ts';
import { sliceTokens } from './slice-tokens.ts';
import { positionsFromMask, type ModelInputs } from './inputs.ts';
import { WeightScope, type WeightMap } from './weights.ts';
import { Random } from '../random.ts';
import type { Recipe } from '../recipe/recipe.ts';

/** Initial weights of a recipe's Recalibrator, drawn from its seed, on the host; none where the objective has no use for one. */
export function initialRecalibrator(student: ModelConfig, teacher: ModelConfig, recipe: Recipe): HostTensors {
  const tensors = new Map<string, HostTensor>();
  if (recipe.objective !== 'genrecal') return tensors;
  const random = new Random(recipe.seed);
  for (const { name, shape, init } of recalibratorShapes(student, teacher, recipe.recalibrator.depth)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (init === 'ones') data.fill(1);
    else if (init !== 'zeros') for (let i = 0; i < data.length; i++) data[i] = init * random.normal();
    tensors.set(name, { shape, data });
  }
  return tensors;
}

/**
 * The two token orders that go through Rec-body for one batch: `main` = [student question ; teacher answer],
 * `regulariser` = the teacher's own question and answer. Depends on paddings only, so it is built beside the inputs.
 */
export interface RecalibratorContext {
  main: DecoderContext;
  regulariser: DecoderContext;
}

export function recalibratorContext(
  config: ModelConfig,
  student: ModelInputs,
  teacher: ModelInputs,
  reassignPositions: boolean,
): RecalibratorContext {
  const { batch } = student;
  const [nq, na] = [student.questionLength, teacher.answerLength];
  const [studentLength, teacherLength] = [nq + student.answerLength, teacher.questionLength + na];
  const length = nq + na;
  const mask = new Float32Array(batch * length);
  const own = new Int32Array(batch * length);
  for (let b = 0; b < batch; b++) {
    const s = b * studentLength;
    const t = b * teacherLength + teacher.questionLength;
    mask.set(student.mask.subarray(s, s + nq), b * length);
    mask.set(teacher.mask.subarray(t, t + na), b * length + nq);
    own.set(student.positions.subarray(s, s + nq), b * length);
    own.set(teacher.positions.subarray(t, t + na), b * length + nq);
  }
  const positions = reassignPositions ? positionsFromMask(mask, batch, length) : own;
  return {
    main: {
      batch,
      length,
      rotary: rotaryTable(positions, config.text),
      bias: causalBias(mask, batch, length),
    },
    regulariser: {
      batch,
      length: teacherLength,
      rotary: rotaryTable(teacher.positions, config.text),
      bias: causalBias(teacher.mask, batch, teacherLength),
    },
  };
}

export function disposeRecalibratorContext(context: RecalibratorContext): void {
  for (const part of [context.main, context.regulariser])
    tf.dispose([part.rotary.cos, part.rotary.sin, part.bias]);
}

/**
 * The Recalibrator: Rec-proj-pre → Rec-body → norm → Rec-proj-post (genrecal, “The Recalibrator”).
 * Rec-body's blocks have the student's block configuration.
 */
export class Recalibrator {
  private readonly scope: WeightScope;

  constructor(
    private readonly config: ModelConfig,
    private readonly options: Recipe['recalibrator'],
    weights: WeightMap,
  ) {
    this.scope = new WeightScope(weights, 'rec.');
  }

  /** [r_qs ; r_al] from z_qs [B·Nq_s, d_s] and answer features [B·Na_l, d_l] → [B·(Nq_s+Na_l), d_l]. */
  main(studentQuestion: tf.Tensor2D, teacherAnswer: tf.Tensor2D, context: DecoderContext): tf.Tensor2D {
    return this.body(joinTokens(studentQuestion, this.projectIn(teacherAnswer), context.batch), context);
  }

  /** The regulariser's input: everything from the teacher. z_l [B·(Nq_l+Na_l), d_l] → the same shape. */
  regulariser(teacherSequence: tf.Tensor2D, context: DecoderContext): tf.Tensor2D {
    return this.body(this.projectIn(teacherSequence), context);
  }

  private projectIn(x: tf.Tensor2D): tf.Tensor2D {
    return linear(x, this.scope.get('proj_pre.weight'), this.scope.get('proj_pre.bias'));
  }

  private body(x: tf.Tensor2D, context: DecoderContext): tf.Tensor2D {
    let hidden = x;
    for (let i = 0; i < this.options.depth; i++)
      hidden = decoderBlock(this.scope.at(`layers.${i}`), this.config.text, hidden, context).hidden;
    if (this.options.normBeforeProjection)
      hidden = rmsNorm(hidden, this.scope.get('norm.weight'), this.config.text.rmsNormEps);
    return linear(hidden, this.scope.get('proj_post.weight'), this.scope.get('proj_post.bias'));
  }
}

/** Splits a teacher sequence into its question and answer parts. */
export function splitSequence(
  z: tf.Tensor2D,
  inputs: ModelInputs,
): { question: tf.Tensor2D; answer: tf.Tensor2D } {
  return {
    question: sliceTokens(z, inputs.batch, 0, inputs.questionLength),
    answer: sliceTokens(z, inputs.batch, inputs.questionLength, inputs.answerLength),
  };
}
