import { featureLoss, tokenLosses, type LossRows } from '../../wgsl/ops/losses.ts';
import { WgslRecalibrator } from '../../wgsl/recalibrator.ts';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import { answerPredictors, joinTokens } from '../../wgsl/ops/tokens.ts';
import type { DecoderLayout } from '../../wgsl/vlm.ts';
import type { StudentContext } from './arm-context.ts';
import type { lossWeights } from '../../method/losses.ts';

/** Told what L_main computes on its way. */
export interface MainWatch {
  /** The packed projections of every layer of Rec-body. */
  packed?(value: Value): void;
  /** r at the positions that predict the answer, [B·Na_l, d_l]. */
  predictors(value: Value): void;
}

/** Everything that is compared in the teacher's vocabulary, over the teacher's answer tokens. */
export class TeacherSpace {
  private readonly recalibrator: WgslRecalibrator;
  private readonly answer: Value;
  private targets: Value | undefined;

  constructor(
    private readonly arm: StudentContext,
    private readonly tape: Tape,
    private readonly z: Value,
  ) {
    const { recipe, weights, student, batches, shared } = arm;
    const { teacher, set } = shared;
    this.recalibrator = new WgslRecalibrator(student.config, teacher.config, recipe.recalibrator, weights);
    const { Nq, Na } = set.bounds.teacher;
    const b = shared.batchSize;
    this.answer =
      recipe.recalibrator.answerFeatures === 'teacher-body'
        ? joinTokens(tape, b, [{ value: z, length: Nq + Na, from: Nq, count: Na }])
        : teacher.embedText(tape, batches.view('teacherLabels'), b * Na);
  }

  /** L_main's terms: x = [z_qs ; pre(answer)], z_qs from the student's features [B·(Nq_s+Na_s), d_s]. */
  main(
    sequence: Value,
    weights: { ce: number; kl: number },
    watch?: MainWatch,
  ): { ce: LossRows; kl: LossRows } {
    const { shared, batches, recipe } = this.arm;
    const { student, teacher } = shared.set.bounds;
    const joined = joinTokens(this.tape, shared.batchSize, [
      { value: sequence, length: student.Nq + student.Na, from: 0, count: student.Nq },
      {
        value: this.recalibrator.projectIn(this.tape, this.answer),
        length: teacher.Na,
        from: 0,
        count: teacher.Na,
      },
    ]);
    const layout = batches.mainLayout(recipe.recalibrator.reassignPositions);
    return this.compare(joined, layout, student.Nq, weights, watch);
  }

  /** Rec-body over `joined`, then CE and KL at the `question − 1` … predictors. */
  private compare(
    joined: Value,
    layout: DecoderLayout,
    question: number,
    weights: { ce: number; kl: number },
    watch?: MainWatch,
  ): { ce: LossRows; kl: LossRows } {
    const { arm, tape } = this;
    const { teacher } = arm.shared;
    const predictors = this.predictors(joined, layout, question, watch?.packed);
    watch?.predictors(predictors);
    const { ce, kl } = tokenLosses(
      tape,
      teacher.head(tape, predictors),
      teacher.config.text.vocabularySize,
      arm.batches.view('teacherLabels'),
      this.rows(),
      { ...weights, temperature: arm.recipe.loss.temperature },
      this.teacherLogits(),
    );
    return { ce, kl: kl! };
  }

  /** L_reg's terms, where the stage has them: x = [pre(z_ql) ; pre(answer)]. */
  regulariser(
    weights: ReturnType<typeof lossWeights>,
  ): Partial<Record<'regCe' | 'regKl' | 'regMse', LossRows>> {
    const { arm, tape, z } = this;
    const { regCe, regKl, regMse } = weights;
    if (regCe === undefined && regKl === undefined && regMse === undefined) return {};
    const { Nq, Na } = arm.shared.set.bounds.teacher;
    const layout = arm.batches.layouts.teacher;
    const input = joinTokens(tape, layout.batch, [
      { value: z, length: Nq + Na, from: 0, count: Nq },
      { value: this.answer, length: Na, from: 0, count: Na },
    ]);
    const joined = this.recalibrator.projectIn(tape, input);
    if (regMse !== undefined)
      return {
        regMse: featureLoss(
          tape,
          this.predictors(joined, layout, Nq),
          answerPredictors(tape, z, layout.batch, { Nq, Na }),
          this.rows(),
          regMse,
        ),
      };
    const { ce, kl } = this.compare(joined, layout, Nq, { ce: regCe ?? 0, kl: regKl ?? 0 });
    return { ...(regCe !== undefined && { regCe: ce }), ...(regKl !== undefined && { regKl: kl }) };
  }

  private predictors(
    joined: Value,
    layout: DecoderLayout,
    question: number,
    onPacked?: (packed: Value) => void,
  ): Value {
    const tokens = { from: question - 1, count: this.arm.shared.set.bounds.teacher.Na };
    return this.recalibrator.body(this.tape, joined, layout, tokens, onPacked);
  }

  private rows() {
    const { shared, batches, recipe } = this.arm;
    return {
      batch: shared.batchSize,
      length: shared.set.bounds.teacher.Na,
      lengths: batches.view('teacherLengths'),
      firstToken: recipe.loss.firstAnswerToken,
    };
  }

  /** H_l(z_l) at the positions that predict the answer, [B·Na_l, stride]. */
  private teacherLogits(): Value {
    const { set, teacher, batchSize } = this.arm.shared;
    this.targets ??= teacher.head(
      this.tape,
      answerPredictors(this.tape, this.z, batchSize, set.bounds.teacher),
    );
    return this.targets;
  }
}
