import { attentionShare } from '../../wgsl/ops/attention-share.ts';
import type { LossRows } from '../../wgsl/ops/losses.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan, type Work } from '../../wgsl/core/plan.ts';
import type { View } from '../../wgsl/core/view.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { rollBatch } from '../../wgsl/ops/tokens.ts';
import type { StudentContext } from './arm-context.ts';
import type { ListBatches } from './batches/list-batches.ts';
import type { ProbeReport } from '../probe-report.ts';
import { probedQuestions } from '../training-set.ts';
import { FeatureSampler } from './feature-sample.ts';
import { TeacherSpace, type MainWatch } from './teacher-space.ts';

type Terms = { ce: LossRows; kl: LossRows };

/**
 * Does the Recalibrator listen to the student? One batch of held-out questions, with the student and Recalibrator as they are: L_main as it
 * is, without the student's question features and with those of another question; the gradient that reaches them; and how much
 * the answer's tokens attend to them (genrecal, “Know the mechanism”). Features of a few tokens come along.
 */
export class Probe {
  private readonly memory: Memory;
  private readonly batches: ListBatches;
  private readonly plan: Plan;
  private readonly terms: { asIs: Terms; zeroed: Terms; shuffled: Terms };
  private readonly question: Value;
  private readonly sampler: FeatureSampler;
  private readonly shares: View[] = [];
  /** Numbers in each of them. */
  private readonly shareCount: number;
  private compiled: Promise<unknown> | undefined;

  constructor(private readonly arm: StudentContext) {
    const { shared, student, recipe } = arm;
    const examples = probedQuestions(shared.set, shared.batchSize);
    this.memory = shared.memory.child();
    const batches = shared.foreignBatch(examples, this.memory);
    this.batches = batches;
    const context: StudentContext = { ...arm, batches };
    this.plan = new Plan(this.memory);
    const tape = new Tape(this.plan, this.memory, shared.variant);
    const patches = batches.patches(tape, 'student', student);
    const features = patches && student.visionFeatures(tape, patches, shared.batchSize);
    const z = student.sequence(tape, features, batches.view('studentCodes'), batches.layouts.student);
    // A leaf of its own: the backward pass stops where the student's features begin.
    this.question = { view: z.view, rows: z.rows, columns: z.columns, tracked: true };
    const weights = { ce: recipe.loss.mainCe, kl: recipe.loss.mainKl };
    const { Nq } = shared.set.bounds.student;
    this.shareCount = shared.batchSize * student.config.text.heads * shared.set.bounds.teacher.Na;
    const main = (value: Value, watch?: MainWatch): Terms => {
      const part = new Tape(this.plan, this.memory, shared.variant);
      const terms = new TeacherSpace(context, part, batches.teacherFeatures).main(value, weights, watch);
      if (value.tracked) part.backward();
      return terms;
    };
    this.sampler = new FeatureSampler(context, this.memory, examples);
    this.terms = {
      asIs: main(this.question, {
        packed: (packed) => {
          const body = batches.mainLayout(recipe.recalibrator.reassignPositions);
          this.shares.push(attentionShare(tape, packed, { ...body, ...student.config.text }, Nq));
        },
        predictors: (r) => this.sampler.record(tape, batches.teacherFeatures, z, r),
      }),
      zeroed: main({ ...z, view: this.memory.allocate(z.rows * z.columns) }),
      // Kinds of question take turns: the next one of the same kind.
      shuffled: main(rollBatch(tape, z, shared.batchSize, recipe.data.tasks.length)),
    };
  }

  compile(): Promise<unknown> {
    return (this.compiled ??= Promise.all([this.plan.compile(), this.batches.compileTeacher()]));
  }

  /** What one costs, the teacher's features of its questions known. */
  get work(): Work {
    return this.plan.work;
  }

  /** All that it has on the GPU. */
  get bytes(): number {
    return this.memory.bytes;
  }

  async measure(): Promise<ProbeReport> {
    const { memory, batches, question } = this;
    await this.compile();
    const { batchSize } = this.arm.shared;
    batches.load({ examples: [Array.from({ length: batchSize }, (_, i) => i)] });
    const encoder = memory.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    batches.encodeTeacher(pass);
    this.plan.encode(pass);
    pass.end();
    memory.device.queue.submit([encoder.finish()]);
    const { asIs, zeroed, shuffled } = this.terms;
    // All are asked for before the first is waited for.
    const [sample, gradient, ces, kls, shares] = await Promise.all([
      this.sampler.read(),
      memory.read(question.gradient!, question.rows * question.columns),
      Promise.all([this.sum(asIs.ce), this.sum(zeroed.ce), this.sum(shuffled.ce)]),
      Promise.all([this.sum(asIs.kl), this.sum(zeroed.kl), this.sum(shuffled.kl)]),
      Promise.all(this.shares.map(async (view) => meanShare(await memory.read(view, this.shareCount)))),
    ]);
    const [mainCe, mainCeZeroed, mainCeShuffled] = ces;
    const [mainKl, mainKlZeroed, mainKlShuffled] = kls;
    const numbers = {
      mainKl,
      mainKlZeroed,
      mainKlShuffled,
      mainCe,
      mainCeZeroed,
      mainCeShuffled,
      questionGradient: Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)),
      questionAttention: shares.reduce((a, b) => a + b, 0) / shares.length,
    };
    return { numbers, sample };
  }

  dispose(): void {
    this.memory.dispose();
  }

  private async sum({ view, from, rows }: LossRows): Promise<number> {
    const values = await this.memory.read(view, from + rows);
    return values.subarray(from).reduce((a, b) => a + b, 0);
  }
}

/** Padding is marked by −1. */
function meanShare(shares: Float32Array): number {
  const real = shares.filter((share) => share >= 0);
  return real.reduce((a, b) => a + b, 0) / Math.max(1, real.length);
}
