import { tokenLosses, type LossRows } from '../../wgsl/ops/losses.ts';
import { adamW } from '../../wgsl/ops/optimiser.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan } from '../../wgsl/core/plan.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { answerPredictors } from '../../wgsl/ops/tokens.ts';
import { objectiveBridge } from './bridged-losses.ts';
import type { StageKey } from '../../method/stages.ts';
import type { ArmContext } from './arm-context.ts';
import { lossWeights, type LossKey } from '../../method/losses.ts';
import type { ObjectiveBridge } from './objective-bridge.ts';
import { TeacherSpace } from './teacher-space.ts';

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

export interface StageGraph {
  terms: LossKey[];
  /** Everything up to the bridge, or all of it where there is none. */
  forward: Plan;
  /** What comes after the bridge. */
  bridged?: { bridge: ObjectiveBridge; backward: Plan };
}

/** Records one update of a stage: forward, losses, backward, AdamW. `names` are the weights it trains. */
export function recordStage(
  arm: ArmContext,
  memory: Memory,
  stage: StageKey,
  names: readonly string[],
  inputs: FrozenInputs,
): StageGraph {
  const { recipe, trained, shared } = arm;
  const forward = new Plan(memory);
  const keys = new Set(names.map((name) => trained.get(name).key));
  const tape = new Tape(forward, memory, shared.variant, (parameter) => keys.has(parameter.key));
  const { losses, bridge } = stageLosses(arm, tape, stage, inputs);
  const last = bridge === undefined ? forward : new Plan(memory);
  if (bridge !== undefined) {
    tape.continueIn(last);
    bridge.record(tape);
  }
  tape.backward();
  const terms = Object.keys(losses) as LossKey[];
  const rows = terms.map((term) => losses[term]!);
  adamW(last, memory, trained, trained.range(names), recipe.optimiser, arm.hyper, arm.metrics, rows);
  return { terms, forward, ...(bridge && { bridged: { bridge, backward: last } }) };
}

type Losses = Partial<Record<LossKey, LossRows>>;

function stageLosses(
  arm: ArmContext,
  tape: Tape,
  stage: StageKey,
  inputs: FrozenInputs,
): { losses: Losses; bridge?: ObjectiveBridge } {
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
    const main = space.main(sequence, { ce: weights.mainCe, kl: weights.mainKl! });
    result.mainCe = main.ce;
    result.mainKl = main.kl;
    Object.assign(result, space.regulariser(weights));
  }
  if (weights.sft === undefined) return { losses: result };
  const predictors = answerPredictors(tape, sequence, b, bounds.student);
  const logits = student.head(tape, predictors);
  result.sft = tokenLosses(
    tape,
    logits,
    student.config.text.vocabularySize,
    views.studentLabels,
    { batch: b, length: bounds.student.Na, lengths: views.studentLengths, firstToken: true },
    { ce: weights.sft, kl: 0, temperature: 1 },
  ).ce;
  if (weights.distillation === undefined) return { losses: result };
  const bridge = objectiveBridge(
    arm,
    tape,
    { predictors, logits, teacher: inputs.teacher! },
    weights.distillation,
  );
  result.distillation = bridge.rows;
  return { losses: result, bridge };
}
