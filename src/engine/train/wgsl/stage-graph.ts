import { tokenLosses, type LossRows } from '../../wgsl/ops/losses.ts';
import { adamW } from '../../wgsl/ops/optimiser.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import type { Parameter } from '../../wgsl/core/parameters.ts';
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
  /** Patches of the student's pictures, [B·P, 3·p·p], where nothing of it is; none where it reads none. */
  patches?: Value;
}

export interface StageGraph {
  terms: LossKey[];
  /** r at the positions that predict the answer, [B·Na_l, d_l], where the stage recalibrates. */
  recalibrated: Value | undefined;
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
  // A frozen teacher may have weights of the same names.
  const trains = ({ key, gradient }: Parameter) => gradient !== undefined && keys.has(key);
  const tape = new Tape(forward, memory, shared.variant, trains);
  const { losses, bridge, recalibrated } = stageLosses(arm, tape, stage, inputs);
  const last = bridge === undefined ? forward : new Plan(memory);
  if (bridge !== undefined) {
    tape.continueIn(last);
    bridge.record(tape);
  }
  tape.backward();
  const terms = Object.keys(losses) as LossKey[];
  const rows = terms.map((term) => losses[term]!);
  adamW(last, memory, trained, trained.range(names), recipe.optimiser, arm.hyper, arm.metrics, rows);
  return { terms, recalibrated, forward, ...(bridge && { bridged: { bridge, backward: last } }) };
}

type Losses = Partial<Record<LossKey, LossRows>>;

function stageLosses(
  arm: ArmContext,
  tape: Tape,
  stage: StageKey,
  inputs: FrozenInputs,
): { losses: Losses; bridge?: ObjectiveBridge; recalibrated?: Value } {
  const { student, recipe, batches } = arm;
  const { bounds } = arm.shared.set;
  const layout = batches.layouts.student;
  const b = layout.batch;
  let sequence = inputs.student;
  if (sequence === undefined) {
    const features = inputs.vision ?? (inputs.patches && student.visionFeatures(tape, inputs.patches, b));
    sequence = student.sequence(tape, features, batches.view('studentCodes'), layout);
  }
  const weights = lossWeights(stage, recipe);
  const result: Losses = {};
  let recalibrated: Value | undefined;
  if (weights.mainCe !== undefined) {
    const space = new TeacherSpace(arm, tape, inputs.teacher!);
    const main = space.main(
      sequence,
      { ce: weights.mainCe, kl: weights.mainKl! },
      { predictors: (r) => (recalibrated = r) },
    );
    result.mainCe = main.ce;
    result.mainKl = main.kl;
    Object.assign(result, space.regulariser(weights));
  }
  if (weights.sft === undefined) return { losses: result, recalibrated };
  const predictors = answerPredictors(tape, sequence, b, bounds.student);
  const logits = student.head(tape, predictors);
  result.sft = tokenLosses(
    tape,
    logits,
    student.config.text.vocabularySize,
    batches.view('studentLabels'),
    { batch: b, length: bounds.student.Na, lengths: batches.view('studentLengths'), firstToken: true },
    { ce: weights.sft, kl: 0, temperature: 1 },
  ).ce;
  if (weights.distillation === undefined) return { losses: result, recalibrated };
  const bridge = objectiveBridge(
    arm,
    tape,
    { predictors, logits, teacher: inputs.teacher! },
    weights.distillation,
  );
  result.distillation = bridge.rows;
  return { losses: result, bridge, recalibrated };
}
