import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan, totalWork, type Work } from '../../wgsl/core/plan.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { CachedPass } from './batches/cached-pass.ts';
import type { StageKey } from '../../method/stages.ts';
import type { ArmContext } from './arm-context.ts';
import { lossWeights, type LossKey } from '../../method/losses.ts';
import { recordStage, type StageGraph } from './stage-graph.ts';
import type { UpdateRequest } from '../update.ts';
import { trainedNames } from '../../method/trained.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';

/** One stage of a list of students, recorded: frozen passes, the batches' patches where no pass holds them, the update. Owns what the passes keep. */
export class WgslStage {
  readonly terms: LossKey[];
  readonly recalibrated: StageGraph['recalibrated'];
  private readonly plans: Plan[] = [];
  private readonly bridged: StageGraph['bridged'];
  private readonly readsTeacher: boolean;
  /** z_s in stage 1; vision features where there is an encoder and it is frozen. */
  private readonly student: CachedPass | undefined;
  private readonly vision: CachedPass | undefined;

  /**
   * @param memory goes with the stage.
   * @param scratch for what no update reads of another; `recalibrated` lies there.
   */
  constructor(
    private readonly context: ArmContext,
    readonly key: StageKey,
    private readonly memory: Memory,
    scratch: Memory,
  ) {
    const { shared, batches, recipe, student, trained } = context;
    const weights = lossWeights(key, recipe);
    this.terms = [];
    this.readsTeacher = 'mainCe' in weights || 'distillation' in weights;
    if (Object.keys(weights).length === 0) return;

    const b = shared.batchSize;
    const { cacheBudgets, frozen: kind } = shared.session;
    const { features: budgetBytes } = cacheBudgets;
    const { pictures } = shared;
    const patches = (tape: Tape) => batches.patches(tape, 'student', student);
    const ofVision = (tape: Tape) => student.visionFeatures(tape, patches(tape)!, b);
    const ofStudent = (tape: Tape) => {
      const features = student.readsPictures ? ofVision(tape) : undefined;
      return student.sequence(tape, features, batches.view('studentCodes'), batches.layouts.student);
    };
    if (key === 'align')
      this.student = new CachedPass(
        memory,
        scratch,
        shared.variant,
        ofStudent,
        b,
        batches.view('examples'),
        // No student has been trained yet.
        { count: batches.examples, budgetBytes, shared: true, kind },
      );
    else if (pictures !== undefined && (key === 'finetune' || recipe.student.visionEncoder === 'frozen'))
      this.vision = new CachedPass(
        memory,
        scratch,
        shared.variant,
        ofVision,
        b,
        batches.view('studentPictures'),
        {
          count: pictures.student.slots,
          budgetBytes,
          shared: recipe.student.visionEncoder === 'frozen',
          kind,
        },
      );

    const constant = (pass: CachedPass): Value => ({ ...pass.result, tracked: false });
    const fetch = new Plan(memory);
    const fetched =
      this.student || this.vision ? undefined : patches(new Tape(fetch, scratch, shared.variant));
    const { config, checkpoint } = shared.session.student;
    const names = trainedNames(key, recipe, {
      ...trainableWeights(config, checkpoint.tensors.keys(), recipe.student.lora),
      recalibrator: [...trained.sizes().keys()].filter((name) => name.startsWith('rec.')),
    });
    const { forward, terms, bridged, recalibrated } = recordStage(context, scratch, key, names, {
      ...(this.readsTeacher && { teacher: batches.teacherFeatures }),
      ...(this.student && { student: constant(this.student) }),
      ...(this.vision && { vision: constant(this.vision) }),
      ...(fetched && { patches: fetched }),
    });
    this.terms = terms;
    this.recalibrated = recalibrated;
    this.plans.push(fetch, forward);
    this.bridged = bridged;
  }

  async compile(): Promise<void> {
    await Promise.all([
      ...this.plans.map((plan) => plan.compile()),
      this.bridged?.backward.compile(),
      this.student?.compile(),
      this.vision?.compile(),
      this.readsTeacher ? this.context.batches.compileTeacher() : undefined,
    ]);
  }

  /** Submits one update; the moments start at zero with the stage's first. */
  run(request: UpdateRequest): void {
    const { batches, trained } = this.context;
    const { device } = this.memory;
    const slots = batches.load(request);
    const encoder = device.createCommandEncoder();
    if (request.count === 1) {
      const { gradients, first, second } = trained;
      for (const view of [gradients!, first!, second!]) encoder.clearBuffer(view.buffer);
    }
    const pass = encoder.beginComputePass();
    if (this.readsTeacher) batches.encodeTeacher(pass);
    this.student?.encode(
      pass,
      slots.map(({ examples }) => examples),
    );
    this.vision?.encode(
      pass,
      slots.map(({ pictures }) => pictures),
    );
    for (const plan of this.plans) plan.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    if (this.bridged === undefined) return;
    this.bridged.bridge.run(request);
    this.bridged.backward.submit();
  }

  /** What one update costs, with frozen passes computed or fetched; the teacher's apart, because lists share it. */
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
