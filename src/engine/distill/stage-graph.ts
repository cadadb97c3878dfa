import { featureLoss, tokenLosses, type LossRows } from '../fused/losses.ts';
import { adamW } from '../fused/optimiser.ts';
import type { Memory } from '../fused/memory.ts';
import { Plan } from '../fused/plan.ts';
import { FusedRecalibrator } from '../fused/recalibrator.ts';
import { Tape, type Value } from '../fused/tape.ts';
import { joinTokens } from '../fused/tokens.ts';
import type { DecoderLayout } from '../fused/vlm.ts';
import type { LossTerms, StageKey } from './events.ts';
import type { ArmContext } from './fused-stepper.ts';
import { lossWeights } from './loss-weights.ts';

/** Results of frozen passes that a stage reads. */
export interface FrozenInputs {
  /** z_l, [B·(Nq_l+Na_l), d_l] */
  teacher?: Value;
  /** Vision features, [B·P, d_v], where the encoder is frozen. */
  vision?: Value;
  /** z_s, [B·(Nq_s+Na_s), d_s], where the whole student is frozen. */
  student?: Value;
  /** Patches of the student's pictures, [B·P, 3·p·p], where nothing of it is. */
  patches?: Value;
}

export interface StagePlan {
  plan: Plan;
  terms: (keyof LossTerms)[];
}

/** Records one update of a stage: forward, losses, backward, AdamW. `names` are the weights it trains. */
export function recordStage(
  arm: ArmContext,
  memory: Memory,
  stage: StageKey,
  names: readonly string[],
  inputs: FrozenInputs,
): StagePlan {
  const { recipe, trained, shared } = arm;
  const plan = new Plan(memory.device);
  const keys = new Set(names.map((name) => trained.get(name).key));
  const tape = new Tape(plan, memory, shared.variant, (parameter) => keys.has(parameter.key));
  const losses = stageLosses(arm, tape, stage, inputs);
  tape.backward();
  const terms = Object.keys(losses) as (keyof LossTerms)[];
  const rows = terms.map((term) => losses[term]!);
  adamW(plan, memory, trained, trained.range(names), recipe.optimiser, arm.hyper, arm.metrics, rows);
  return { plan, terms };
}

type Losses = Partial<Record<keyof LossTerms, LossRows>>;

function stageLosses(arm: ArmContext, tape: Tape, stage: StageKey, inputs: FrozenInputs): Losses {
  const { student, recipe, source } = arm;
  const { bounds } = arm.shared.set;
  const layout = source.layouts.student;
  const { views } = source.batch;
  const b = layout.batch;
  let sequence = inputs.student;
  if (sequence === undefined) {
    const features = inputs.vision ?? student.visionFeatures(tape, inputs.patches!, b);
    sequence = student.sequence(tape, features, views.studentCodes, layout);
  }
  const weights = lossWeights(stage, recipe);
  const result: Losses = {};
  if (weights.mainCe !== undefined) {
    const space = new TeacherSpace(arm, tape, inputs.teacher!);
    const { Nq } = bounds.student;
    const { Na } = bounds.teacher;
    const joined = joinTokens(tape, b, [
      { value: sequence, length: layout.length, from: 0, count: Nq },
      { value: space.projectedAnswer(), length: Na, from: 0, count: Na },
    ]);
    const main = space.compare(joined, source.mainLayout(recipe.recalibrator.reassignPositions), Nq, {
      ce: weights.mainCe,
      kl: weights.mainKl!,
    });
    result.mainCe = main.ce;
    result.mainKl = main.kl!;
    Object.assign(result, space.regulariser(weights));
  }
  if (weights.sft !== undefined) {
    const { Nq, Na } = bounds.student;
    const predictors = joinTokens(tape, b, [
      { value: sequence, length: layout.length, from: Nq - 1, count: Na },
    ]);
    result.sft = tokenLosses(
      tape,
      student.head(tape, predictors),
      student.config.text.vocabularySize,
      views.studentLabels,
      { batch: b, length: Na, lengths: views.studentLengths, firstToken: true },
      { ce: weights.sft, kl: 0, temperature: 1 },
    ).ce;
  }
  return result;
}

/** Everything that is compared in the teacher's vocabulary, over the teacher's answer tokens. */
class TeacherSpace {
  private readonly recalibrator: FusedRecalibrator;
  private readonly answer: Value;
  private targets: Value | undefined;

  constructor(
    private readonly arm: ArmContext,
    private readonly tape: Tape,
    private readonly z: Value,
  ) {
    const { recipe, trained, student, source, shared } = arm;
    const { teacher, set } = shared;
    this.recalibrator = new FusedRecalibrator(student.config, teacher.config, recipe.recalibrator, trained);
    const { Nq, Na } = set.bounds.teacher;
    const b = shared.batchSize;
    this.answer =
      recipe.recalibrator.answerFeatures === 'teacher-body'
        ? joinTokens(tape, b, [{ value: z, length: Nq + Na, from: Nq, count: Na }])
        : teacher.embedText(tape, source.batch.views.teacherLabels, b * Na);
  }

  /** Rec-proj-pre of the answer's features, [B·Na_l, d_s]. */
  projectedAnswer(): Value {
    return this.recalibrator.projectIn(this.tape, this.answer);
  }

  /** Rec-body over `joined`, then CE and KL at the `question − 1` … predictors. */
  compare(joined: Value, layout: DecoderLayout, question: number, weights: { ce: number; kl: number }) {
    const { arm, tape } = this;
    const { teacher } = arm.shared;
    const predictors = this.predictors(joined, layout, question);
    return tokenLosses(
      tape,
      teacher.head(tape, predictors),
      teacher.config.text.vocabularySize,
      arm.source.batch.views.teacherLabels,
      this.rows(),
      { ...weights, temperature: arm.recipe.loss.temperature },
      this.teacherLogits(),
    );
  }

  /** L_reg's terms, where the stage has them: x = [pre(z_ql) ; pre(answer)]. */
  regulariser(weights: ReturnType<typeof lossWeights>): Losses {
    const { arm, tape, z } = this;
    const { regCe, regKl, regMse } = weights;
    if (regCe === undefined && regKl === undefined && regMse === undefined) return {};
    const { Nq, Na } = arm.shared.set.bounds.teacher;
    const layout = arm.source.layouts.teacher;
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
          joinTokens(tape, layout.batch, [{ value: z, length: Nq + Na, from: Nq - 1, count: Na }]),
          this.rows(),
          regMse,
        ),
      };
    const { ce, kl } = this.compare(joined, layout, Nq, { ce: regCe ?? 0, kl: regKl ?? 0 });
    return { ...(regCe !== undefined && { regCe: ce }), ...(regKl !== undefined && { regKl: kl! }) };
  }

  private predictors(joined: Value, layout: DecoderLayout, question: number): Value {
    return this.recalibrator.body(this.tape, joined, layout, {
      from: question - 1,
      count: this.arm.shared.set.bounds.teacher.Na,
    });
  }

  private rows() {
    const { shared, source, recipe } = this.arm;
    return {
      batch: shared.batchSize,
      length: shared.set.bounds.teacher.Na,
      lengths: source.batch.views.teacherLengths,
      firstToken: recipe.loss.firstAnswerToken,
    };
  }

  /** H_l(z_l) at the positions that predict the answer. */
  private teacherLogits(): Value {
    if (this.targets === undefined) {
      const { arm, tape, z } = this;
      const { Nq, Na } = arm.shared.set.bounds.teacher;
      const predictors = joinTokens(tape, arm.shared.batchSize, [
        { value: z, length: Nq + Na, from: Nq - 1, count: Na },
      ]);
      this.targets = arm.shared.teacher.head(tape, predictors);
    }
    return this.targets;
  }
}
