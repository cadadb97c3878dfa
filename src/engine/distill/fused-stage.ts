import type { VlmConfig } from '../checkpoints/config.ts';
import { featureLoss, tokenLosses, type LossRows } from '../fused/losses.ts';
import { adamW } from '../fused/optimiser.ts';
import type { Memory } from '../fused/memory.ts';
import type { Parameters } from '../fused/parameters.ts';
import { Plan, type View } from '../fused/plan.ts';
import { FusedRecalibrator } from '../fused/recalibrator.ts';
import { Tape, type KernelVariant, type Value } from '../fused/tape.ts';
import { joinTokens } from '../fused/tokens.ts';
import { FusedVlm, type DecoderLayout } from '../fused/vlm.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { LossTerms, StageKey } from './events.ts';
import { lossWeights } from './loss-weights.ts';
import type { Bounds } from './token-table.ts';

/** What every stage of a run shares. */
export interface StageContext {
  recipe: Recipe;
  memory: Memory;
  variant: KernelVariant;
  teacher: FusedVlm;
  student: FusedVlm;
  configs: { teacher: VlmConfig; student: VlmConfig };
  /** Recalibrator and student. */
  trained: Parameters;
  bounds: { teacher: Bounds; student: Bounds };
  layouts: { teacher: DecoderLayout; student: DecoderLayout; main: DecoderLayout };
  batch: Record<
    'studentCodes' | 'studentLabels' | 'teacherLabels' | 'studentLengths' | 'teacherLengths',
    View
  >;
  hyper: View;
  metrics: View;
}

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
  context: StageContext,
  stage: StageKey,
  names: readonly string[],
  inputs: FrozenInputs,
): StagePlan {
  const { recipe, memory, variant, trained } = context;
  const plan = new Plan(memory.device);
  const keys = new Set(names.map((name) => trained.get(name).key));
  const tape = new Tape(plan, memory, variant, (parameter) => keys.has(parameter.key));
  const losses = stageLosses(context, tape, stage, inputs);
  tape.backward();
  const terms = Object.keys(losses) as (keyof LossTerms)[];
  const rows = terms.map((term) => losses[term]!);
  adamW(plan, memory, trained, trained.range(names), recipe.optimiser, context.hyper, context.metrics, rows);
  return { plan, terms };
}

type Losses = Partial<Record<keyof LossTerms, LossRows>>;

function stageLosses(context: StageContext, tape: Tape, stage: StageKey, inputs: FrozenInputs): Losses {
  const { student, bounds, layouts, recipe } = context;
  const b = layouts.student.batch;
  let sequence = inputs.student;
  if (sequence === undefined) {
    const features = inputs.vision ?? student.visionFeatures(tape, inputs.patches!, b);
    sequence = student.sequence(tape, features, context.batch.studentCodes, layouts.student);
  }
  const weights = lossWeights(stage, recipe);
  const result: Losses = {};
  if (stage !== 'finetune') {
    const parts = new TeacherSpace(context, tape, inputs.teacher!);
    const { Nq } = bounds.student;
    const { Na } = bounds.teacher;
    const joined = joinTokens(tape, b, [
      { value: sequence, length: layouts.student.length, from: 0, count: Nq },
      { value: parts.projectedAnswer(), length: Na, from: 0, count: Na },
    ]);
    const main = parts.compare(joined, layouts.main, Nq, {
      ce: weights.mainCe!,
      kl: weights.mainKl!,
    });
    result.mainCe = main.ce;
    result.mainKl = main.kl!;
    const regularised = parts.regulariser(weights);
    Object.assign(result, regularised);
  }
  if (weights.sft !== undefined) {
    const predictors = joinTokens(tape, b, [
      {
        value: sequence,
        length: layouts.student.length,
        from: bounds.student.Nq - 1,
        count: bounds.student.Na,
      },
    ]);
    result.sft = tokenLosses(
      tape,
      student.head(tape, predictors),
      context.configs.student.text.vocabularySize,
      context.batch.studentLabels,
      {
        batch: b,
        length: bounds.student.Na,
        lengths: context.batch.studentLengths,
        firstToken: true,
      },
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
    private readonly context: StageContext,
    private readonly tape: Tape,
    private readonly z: Value,
  ) {
    const { configs, recipe, trained, teacher, layouts, bounds, batch } = context;
    this.recalibrator = new FusedRecalibrator(configs.student, configs.teacher, recipe.recalibrator, trained);
    const { Nq, Na } = bounds.teacher;
    const b = layouts.teacher.batch;
    this.answer =
      recipe.recalibrator.answerFeatures === 'teacher-body'
        ? joinTokens(tape, b, [{ value: z, length: Nq + Na, from: Nq, count: Na }])
        : teacher.embedText(tape, batch.teacherLabels, b * Na);
  }

  /** Rec-proj-pre of the answer's features, [B·Na_l, d_s]. */
  projectedAnswer(): Value {
    return this.recalibrator.projectIn(this.tape, this.answer);
  }

  /** Rec-body over `joined`, then CE and KL at the `question − 1` … predictors. */
  compare(joined: Value, layout: DecoderLayout, question: number, weights: { ce: number; kl: number }) {
    const { context, tape } = this;
    const predictors = this.predictors(joined, layout, question);
    return tokenLosses(
      tape,
      context.teacher.head(tape, predictors),
      context.configs.teacher.text.vocabularySize,
      context.batch.teacherLabels,
      this.rows(),
      { ...weights, temperature: context.recipe.loss.temperature },
      this.teacherLogits(),
    );
  }

  /** L_reg's terms, where the stage has them: x = [pre(z_ql) ; pre(answer)]. */
  regulariser(weights: ReturnType<typeof lossWeights>): Losses {
    const { context, tape, z } = this;
    const { regCe, regKl, regMse } = weights;
    if (regCe === undefined && regKl === undefined && regMse === undefined) return {};
    const { Nq, Na } = context.bounds.teacher;
    const layout = context.layouts.teacher;
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
      count: this.context.bounds.teacher.Na,
    });
  }

  private rows() {
    const { bounds, layouts, batch, recipe } = this.context;
    return {
      batch: layouts.teacher.batch,
      length: bounds.teacher.Na,
      lengths: batch.teacherLengths,
      firstToken: recipe.loss.firstAnswerToken,
    };
  }

  /** H_l(z_l) at the positions that predict the answer. */
  private teacherLogits(): Value {
    if (this.targets === undefined) {
      const { context, tape, z } = this;
      const { Nq, Na } = context.bounds.teacher;
      const predictors = joinTokens(tape, context.layouts.teacher.batch, [
        { value: z, length: Nq + Na, from: Nq - 1, count: Na },
      ]);
      this.targets = context.teacher.head(tape, predictors);
    }
    return this.targets;
  }
}
