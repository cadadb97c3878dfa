import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan, totalWork, type Work } from '../../wgsl/core/plan.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { CachedPass } from './cached-pass.ts';
import type { StageKey } from '../../method/stages.ts';
import type { ArmContext } from './arm-context.ts';
import { lossWeights, type LossKey } from '../../method/losses.ts';
import { recordStage, type StageGraph } from './stage-graph.ts';
import type { UpdateRequest } from '../update.ts';
import { trainedNames } from '../../method/trained.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';

/** One stage of one arm, recorded: frozen passes, the batch's patches where no pass holds them, the update. Owns its scratch memory. */
export class WgslStage {
  readonly terms: LossKey[];
  private readonly memory: Memory;
  private readonly plans: Plan[] = [];
  private readonly bridged: StageGraph['bridged'];
  private readonly readsTeacher: boolean;
  /** z_s in stage 1; vision features where the encoder is frozen. */
  private readonly student: CachedPass | undefined;
  private readonly vision: CachedPass | undefined;

  constructor(
    private readonly context: ArmContext,
    readonly key: StageKey,
  ) {
    const { shared, source, recipe, student, trained } = context;
    const memory = shared.memory.sibling();
    this.memory = memory;
    const weights = lossWeights(key, recipe);
    this.terms = [];
    this.readsTeacher = 'mainCe' in weights || 'distillation' in weights;
    if (Object.keys(weights).length === 0) return;

    const { views } = source.batch;
    const b = shared.batchSize;
    const { features: budget } = shared.session.cacheBudgets;
    const ofVision = (tape: Tape) =>
      student.visionFeatures(tape, source.patches(tape, 'student', student), b);
    const ofStudent = (tape: Tape) =>
      student.sequence(tape, ofVision(tape), views.studentCodes, source.layouts.student);
    if (key === 'align')
      this.student = new CachedPass(
        memory,
        shared.variant,
        ofStudent,
        b,
        views.examples,
        source.count,
        budget,
      );
    else if (key === 'finetune' || recipe.student.visionEncoder === 'frozen')
      this.vision = new CachedPass(
        memory,
        shared.variant,
        ofVision,
        b,
        views.studentPictures,
        shared.pictures.student.slots,
        budget,
      );

    const constant = (pass: CachedPass): Value => ({ ...pass.result, tracked: false });
    const fetch = new Plan(memory);
    const { config, checkpoint } = shared.session.student;
    const names = trainedNames(key, recipe, {
      ...trainableWeights(config, checkpoint.tensors.keys()),
      recalibrator: trained
        .views()
        .map(({ name }) => name)
        .filter((name) => name.startsWith('rec.')),
    });
    const { forward, terms, bridged } = recordStage(context, memory, key, names, {
      ...(this.readsTeacher && { teacher: source.teacherFeatures }),
      ...(this.student && { student: constant(this.student) }),
      ...(this.vision && { vision: constant(this.vision) }),
      ...(!this.student &&
        !this.vision && {
          patches: source.patches(new Tape(fetch, memory, shared.variant), 'student', student),
        }),
    });
    this.terms = terms;
    this.plans.push(fetch, forward);
    this.bridged = bridged;
  }

  async compile(): Promise<void> {
    await Promise.all([
      ...this.plans.map((plan) => plan.compile()),
      this.bridged?.backward.compile(),
      this.student?.compile(),
      this.vision?.compile(),
      this.readsTeacher ? this.context.source.compileTeacher() : undefined,
    ]);
  }

  /** Submits one update; the moments start at zero with the stage's first. */
  run(request: UpdateRequest): void {
    const { source, trained } = this.context;
    const { device } = this.memory;
    const slots = source.load(request);
    const encoder = device.createCommandEncoder();
    if (request.count === 1) {
      const { gradients, first, second } = trained;
      for (const view of [gradients!, first!, second!]) encoder.clearBuffer(view.buffer);
    }
    const pass = encoder.beginComputePass();
    if (this.readsTeacher) source.encodeTeacher(pass);
    this.student?.encode(pass, slots.examples);
    this.vision?.encode(pass, slots.pictures);
    for (const plan of this.plans) plan.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    if (this.bridged === undefined) return;
    this.bridged.bridge.run(request);
    this.bridged.backward.submit();
  }

  gpuBytes(): number {
    return this.memory.bytes;
  }

  /** What one update costs, with frozen passes computed or fetched; the teacher's apart, because arms share it. */
  work(examples: 'fresh' | 'known'): Work {
    const plans = [...this.plans, ...(this.bridged ? [this.bridged.backward] : [])].map((plan) => plan.work);
    const passes = [this.student, this.vision].flatMap((pass) => (pass ? [pass.work[examples]] : []));
    return totalWork([...plans, ...passes]);
  }

  dispose(): void {
    this.bridged?.bridge.dispose();
    this.memory.dispose();
  }
}
