import { sequenceBounds } from '../data/batch.ts';
import type { Example } from '../data/questions.ts';
import { trainingExamples } from '../data/questions.ts';
import { EpochSampler } from '../data/sampler.ts';
import { EngineError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { TrainSession } from '../session.ts';
import type { StageKey, StepMetrics, TrainEvent } from './events.ts';
import { Exam } from './exam.ts';
import { FusedStepper } from './fused-stepper.ts';
import { initialRecalibrator, recalibratorShapes } from './recalibrator.ts';
import { ReferenceStepper } from './reference-stepper.ts';
import { decodeState, encodeState } from './saved-state.ts';
import { learningRate, stageSpans, type StageSpan } from './schedule.ts';
import type { Stepper } from './stepper.ts';
import type { Bounds } from './token-table.ts';
import { trainedNames } from './trainable.ts';

/**
 * One distillation run: three stages over a fixed training set (genrecal, “Losses”).
 * Owns every tensor it makes until `dispose`. Not re-entrant: one `run` at a time, `save` only between two events.
 */
export class Trainer {
  private readonly stepper: Stepper;
  private readonly examples: readonly Example[];
  private readonly bounds: { teacher: Bounds; student: Bounds };
  private readonly random: Random;
  private readonly sampler: EpochSampler;
  private readonly spans: StageSpan[];
  private readonly totalSteps: number;
  private step = 0;
  /** Updates whose numbers are still on the GPU. */
  private pending: Pick<StepMetrics, 'step' | 'stage' | 'learningRate'>[] = [];

  constructor(
    private readonly session: TrainSession,
    private readonly recipe: Recipe,
    restore?: Uint8Array,
    engine: 'fused' | 'reference' = 'fused',
  ) {
    refuseHeldOut(session, recipe);
    this.random = new Random(recipe.seed);
    this.examples = trainingExamples({
      manifest: session.manifest,
      tasks: recipe.data.tasks,
      styles: recipe.data.styles,
      seed: recipe.seed,
      count: recipe.data.examples,
    });
    this.bounds = {
      teacher: sequenceBounds(session.teacher.tokenizer, this.examples),
      student: sequenceBounds(session.student.tokenizer, this.examples),
    };
    const initial = initialRecalibrator(session.student.config, session.teacher.config, recipe, this.random);
    this.sampler = new EpochSampler(this.examples.length, this.random);
    const Engine = engine === 'fused' ? FusedStepper : ReferenceStepper;
    this.stepper = new Engine(session, recipe, this.examples, this.bounds, initial);
    this.spans = stageSpans(recipe);
    this.totalSteps = this.spans.at(-1)?.to ?? 0;
    if (restore !== undefined) this.restore(restore);
  }

  /**
   * Trains to the end, one event at a time; a consumer that stops pulling pauses the run between two updates.
   * @param flush asked after every step: true sends that step's numbers at once instead of with the next packed readback.
   * @throws EngineError `not-finite` when a loss is no longer a number.
   */
  async *run(flush: () => boolean = () => false): AsyncGenerator<TrainEvent, void, void> {
    const { recipe, session } = this;
    const started = performance.now();
    yield {
      type: 'start',
      recipe,
      totalSteps: this.totalSteps,
      stages: this.spans,
      dataHash: session.manifest.hash,
      trainableParameters: {
        align: this.trainableParameters('align'),
        distil: this.trainableParameters('distil'),
        finetune: this.trainableParameters('finetune'),
      },
    };
    const exam = new Exam(session, recipe);
    yield { type: 'status', message: 'The teacher and the student answer the held-out questions first.' };
    yield* exam.before();

    let trainMs = 0;
    let interval = { since: performance.now(), steps: this.step };
    let stage: StageKey | undefined;
    while (this.step < this.totalSteps) {
      const span = this.spans.find(({ to }) => this.step + 1 <= to)!;
      if (span.key !== stage) {
        stage = span.key;
        yield { type: 'status', message: 'Compiling the kernels of this stage.' };
        await this.stepper.prepare(stage);
        yield { type: 'stage', stage, step: this.step + 1 };
      }
      const begun = performance.now();
      this.update(span);
      const last = this.step === this.totalSteps;
      const evaluates = recipe.evaluation.everySteps > 0 && this.step % recipe.evaluation.everySteps === 0;
      let metrics: StepMetrics[] = [];
      if (this.step % recipe.logEverySteps === 0 || last || evaluates || flush())
        metrics = await this.readMetrics();
      trainMs += performance.now() - begun;
      if (metrics.length > 0) {
        const seconds = (performance.now() - interval.since) / 1000;
        const rate = (this.step - interval.steps) / seconds;
        yield {
          type: 'metrics',
          steps: metrics,
          stepsPerSecond: rate,
          examplesPerSecond: rate * recipe.data.batchSize,
          gpuBytes: session.device.gpuBytes() + this.stepper.gpuBytes(),
          tensors: session.device.tensors(),
        };
        interval = { since: performance.now(), steps: this.step };
      }
      yield { type: 'step', step: this.step, stage };
      if (evaluates && !last) {
        yield* exam.during(this.stepper.student(), this.step);
        interval = { since: performance.now(), steps: this.step };
      }
    }
    yield { type: 'status', message: 'The student answers the held-out questions again.' };
    yield* exam.after(this.stepper.student(), this.step);
    yield {
      type: 'done',
      final: exam.summary({
        steps: this.totalSteps,
        seconds: (performance.now() - started) / 1000,
        trainSeconds: trainMs / 1000,
      }),
    };
  }

  /** The whole state between two steps; a run restored from it continues bit for bit. */
  async save(): Promise<Uint8Array> {
    const tensors = await this.stepper.state();
    return encodeState({
      recipe: this.recipe,
      dataHash: this.session.manifest.hash,
      teacher: this.session.teacher.checkpoint.hash,
      student: this.session.student.checkpoint.hash,
      step: this.step,
      random: this.random.save(),
      ...this.sampler.save(),
      tensors,
    });
  }

  /** The student's weights as they are now, on the host, by their checkpoint names. */
  studentWeights(): Promise<Map<string, { shape: number[]; data: Float32Array }>> {
    return this.stepper.studentWeights();
  }

  dispose(): void {
    this.stepper.dispose();
    this.pending = [];
  }

  /** One optimiser update; its numbers stay on the GPU. */
  private update(span: StageSpan): void {
    const { key: stage, from } = span;
    const step = this.step + 1;
    const rate = learningRate(this.recipe, span, step);
    const examples = this.sampler.next(this.recipe.data.batchSize);
    this.stepper.update({ stage, examples, learningRate: rate, count: step - from + 1 });
    this.pending.push({ step, stage, learningRate: rate });
    this.step = step;
  }

  /** Brings the pending numbers back in one read. */
  private async readMetrics(): Promise<StepMetrics[]> {
    const pending = this.pending;
    this.pending = [];
    const numbers = await this.stepper.numbers();
    return pending.map((update, i) => {
      const { losses, gradientNorm } = numbers[i]!;
      if (!Number.isFinite(losses.total) || !Number.isFinite(gradientNorm))
        throw new EngineError(
          'not-finite',
          `The loss stopped being a number at step ${update.step}.`,
          'Lower the learning rate, or turn gradient clipping on, and run again.',
        );
      return { ...update, losses, gradientNorm };
    });
  }

  private restore(bytes: Uint8Array): void {
    const state = decodeState(bytes);
    const same =
      state.dataHash === this.session.manifest.hash &&
      state.teacher === this.session.teacher.checkpoint.hash &&
      state.student === this.session.student.checkpoint.hash &&
      JSON.stringify(state.recipe) === JSON.stringify(this.recipe);
    const sizes = [...this.stepper.stateSizes()];
    if (!same || sizes.some(([name, length]) => state.tensors.get(name)?.length !== length))
      throw new EngineError(
        'state-mismatch',
        'The saved run belongs to another recipe, data set or checkpoint.',
        'Load the pair and recipe it was saved with, or start the run again.',
      );
    this.stepper.restore(state.tensors);
    this.random.load(state.random);
    this.sampler.restore(state);
    this.step = state.step;
  }

  private trainableParameters(stage: StageKey): number {
    const { config, checkpoint } = this.session.student;
    const recalibrator = recalibratorShapes(
      config,
      this.session.teacher.config,
      this.recipe.recalibrator.depth,
    );
    const sizes = new Map([
      ...[...checkpoint.tensors].map(([name, { data }]) => [name, data.length] as const),
      ...recalibrator.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)] as const),
    ]);
    return trainedNames(stage, this.recipe, config, {
      student: checkpoint.tensors.keys(),
      recalibrator: recalibrator.map(({ name }) => name),
    }).reduce((sum, name) => sum + sizes.get(name)!, 0);
  }
}

/** Held-out styles never enter training, whatever a recipe asks for. */
function refuseHeldOut(session: TrainSession, recipe: Recipe): void {
  for (const key of recipe.data.styles) {
    const style = session.manifest.styles.find((candidate) => candidate.key === key);
    if (style?.role === 'train') continue;
    const known = session.manifest.styles.filter(({ role }) => role === 'train').map((s) => s.key);
    throw new EngineError(
      'recipe-invalid',
      style === undefined
        ? `The data set has no drawing style “${key}”.`
        : `“${key}” is kept for evaluation and must not be trained on.`,
      `Choose among ${known.join(', ')}.`,
    );
  }
}
