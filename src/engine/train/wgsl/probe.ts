import type { Example } from '../../data/example.ts';
import { attentionShare } from '../../wgsl/ops/attention-share.ts';
import type { LossRows } from '../../wgsl/ops/losses.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import { Plan } from '../../wgsl/core/plan.ts';
import type { View } from '../../wgsl/core/view.ts';
import { Tape, type Value } from '../../wgsl/core/tape.ts';
import { rollBatch } from '../../wgsl/ops/tokens.ts';
import type { BatchSource } from './batch-source.ts';
import type { ArmContext } from './arm-context.ts';
import type { ProbeReport } from '../probe-report.ts';
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
  private readonly source: BatchSource;
  private readonly plan: Plan;
  private readonly terms: { asIs: Terms; zeroed: Terms; shuffled: Terms };
  private readonly question: Value;
  private readonly sampler: FeatureSampler;
  private readonly shares: View[] = [];
  /** Numbers in each of them. */
  private readonly shareCount: number;
  private compiled: Promise<unknown> | undefined;

  /** @param examples one batch of questions, which must not be trained on. */
  constructor(
    private readonly arm: ArmContext,
    examples: readonly Example[],
  ) {
    const { shared, student, recipe } = arm;
    this.memory = shared.memory.sibling();
    this.source = shared.foreignSource(examples, this.memory);
    const context: ArmContext = { ...arm, source: this.source };
    this.plan = new Plan(this.memory);
    const { views } = this.source.batch;
    const layout = this.source.layouts.student;
    const tape = new Tape(this.plan, this.memory, shared.variant);
    const patches = this.source.patches(tape, 'student', student);
    const features = student.visionFeatures(tape, patches, shared.batchSize);
    const z = student.sequence(tape, features, views.studentCodes, layout);
    // A leaf of its own: the backward pass stops where the student's features begin.
    this.question = { view: z.view, rows: z.rows, columns: z.columns, tracked: true };
    const weights = { ce: recipe.loss.mainCe, kl: recipe.loss.mainKl };
    const { Nq } = shared.set.bounds.student;
    this.shareCount = shared.batchSize * student.config.text.heads * shared.set.bounds.teacher.Na;
    const main = (value: Value, watch?: MainWatch): Terms => {
      const part = new Tape(this.plan, this.memory, shared.variant);
      const terms = new TeacherSpace(context, part, this.source.teacherFeatures).main(value, weights, watch);
      if (value.tracked) part.backward();
      return terms;
    };
    this.sampler = new FeatureSampler(context, this.memory, examples);
    this.terms = {
      asIs: main(this.question, {
        packed: (packed) => {
          const body = this.source.mainLayout(recipe.recalibrator.reassignPositions);
          this.shares.push(attentionShare(tape, packed, { ...body, ...student.config.text }, Nq));
        },
        predictors: (r) => this.sampler.record(tape, this.source.teacherFeatures, z, r),
      }),
      zeroed: main({ ...z, view: this.memory.allocate(z.rows * z.columns) }),
      // Kinds of question take turns: the next one of the same kind.
      shuffled: main(rollBatch(tape, z, shared.batchSize, recipe.data.tasks.length)),
    };
  }

  async measure(): Promise<ProbeReport> {
    const { memory, source, question } = this;
    await (this.compiled ??= Promise.all([this.plan.compile(), source.compileTeacher()]));
    const { batchSize } = this.arm.shared;
    source.load({ examples: Array.from({ length: batchSize }, (_, i) => i) });
    const encoder = memory.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    source.encodeTeacher(pass);
    this.plan.encode(pass);
    pass.end();
    memory.device.queue.submit([encoder.finish()]);
    const { asIs, zeroed, shuffled } = this.terms;
    const gradient = await memory.read(question.gradient!, question.rows * question.columns);
    const shares = (await Promise.all(this.shares.map((view) => memory.read(view, this.shareCount)))).map(
      meanShare,
    );
    const numbers = {
      mainKl: await this.sum(asIs.kl),
      mainKlZeroed: await this.sum(zeroed.kl),
      mainKlShuffled: await this.sum(shuffled.kl),
      mainCe: await this.sum(asIs.ce),
      mainCeZeroed: await this.sum(zeroed.ce),
      mainCeShuffled: await this.sum(shuffled.ce),
      questionGradient: Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)),
      questionAttention: shares.reduce((a, b) => a + b, 0) / shares.length,
    };
    return { numbers, sample: await this.sampler.read() };
  }

  gpuBytes(): number {
    return this.memory.bytes + this.source.gpuBytes();
  }

  dispose(): void {
    this.source.forgetTeacher();
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
