import * as tf from '@tensorflow/tfjs-core';
import { makeTokenBatch, sequenceBounds, type TokenBatch } from '../data/batch.ts';
import type { Example } from '../data/questions.ts';
import { trainingExamples } from '../data/questions.ts';
import { EpochSampler } from '../data/sampler.ts';
import { EngineError } from '../errors.ts';
import { pixelsFor } from '../evaluate/answer.ts';
import { disposeInputs, modelInputs, type ModelInputs } from '../nn/inputs.ts';
import { Vlm } from '../nn/vlm.ts';
import { uploadWeights } from '../nn/weights.ts';
import { Random } from '../random.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { AdamW } from './adamw.ts';
import type { LossTerms, StageKey, StepMetrics, TrainEvent } from './events.ts';
import { Exam } from './exam.ts';
import { GenRecalObjective, teacherFeatures, type Terms } from './objectives.ts';
import {
  disposeRecalibratorContext,
  initialRecalibrator,
  Recalibrator,
  recalibratorContext,
} from './recalibrator.ts';
import { decodeState, encodeState } from './saved-state.ts';
import { learningRate, stageSpans, type StageSpan } from './schedule.ts';
import { trainedNames, type TrainedParts } from './trainable.ts';

/** Scalars of one step that still live on the GPU. */
interface PendingMetrics {
  step: number;
  stage: StageKey;
  learningRate: number;
  keys: (keyof LossTerms)[];
  /** [total, …terms, gradient norm] */
  packed: tf.Tensor1D;
}

/**
 * One distillation run: three stages over a fixed training set (genrecal, “Losses”).
 * Owns every tensor it makes until `dispose`. Not re-entrant: one `run` at a time, `save` only between two events.
 */
export class Trainer {
  private readonly teacherWeights: ReadonlyMap<string, tf.Tensor>;
  private readonly parts: TrainedParts;
  private readonly teacher: Vlm;
  private readonly student: Vlm;
  private readonly objective: GenRecalObjective;
  private readonly optimiser: AdamW;
  private readonly examples: readonly Example[];
  private readonly bounds: { teacher: Bounds; student: Bounds };
  private readonly random: Random;
  private readonly sampler: EpochSampler;
  private readonly spans: StageSpan[];
  private readonly totalSteps: number;
  private step = 0;
  private pending: PendingMetrics[] = [];

  constructor(
    private readonly session: TrainSession,
    private readonly recipe: Recipe,
    restore?: Uint8Array,
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
    this.teacherWeights = uploadWeights(session.teacher.checkpoint.tensors);
    this.parts = {
      student: new Map(
        [...session.student.checkpoint.tensors].map(([name, { shape, data }]) => [
          name,
          variable(data, shape),
        ]),
      ),
      recalibrator: new Map(initial.map(({ name, shape, data }) => [name, variable(data, shape)])),
    };
    this.teacher = new Vlm(session.teacher.config, this.teacherWeights);
    this.student = new Vlm(session.student.config, this.parts.student);
    this.objective = new GenRecalObjective(
      recipe,
      this.student,
      this.teacher,
      new Recalibrator(session.student.config, recipe.recalibrator, this.parts.recalibrator),
    );
    this.optimiser = new AdamW(recipe.optimiser);
    for (const [name, weight] of this.trained()) this.optimiser.add(name, weight);
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
    yield* exam.before(this.teacher);

    let trainMs = 0;
    let interval = { since: performance.now(), steps: this.step };
    let stage: StageKey | undefined;
    while (this.step < this.totalSteps) {
      const span = this.spans.find(({ to }) => this.step + 1 <= to)!;
      if (span.key !== stage) {
        stage = span.key;
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
          gpuBytes: session.device.gpuBytes(),
          tensors: session.device.tensors(),
        };
        interval = { since: performance.now(), steps: this.step };
      }
      yield { type: 'step', step: this.step, stage };
      if (evaluates && !last) {
        yield* exam.during(this.student, this.step);
        interval = { since: performance.now(), steps: this.step };
      }
    }
    yield { type: 'status', message: 'The student answers the held-out questions again.' };
    yield* exam.after(this.student, this.step);
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
    const variables = this.stateVariables();
    const values = await Promise.all(variables.map(({ variable: v }) => v.data<'float32'>()));
    return encodeState({
      recipe: this.recipe,
      dataHash: this.session.manifest.hash,
      teacher: this.session.teacher.checkpoint.hash,
      student: this.session.student.checkpoint.hash,
      step: this.step,
      random: this.random.save(),
      ...this.sampler.save(),
      tensors: new Map(variables.map(({ name }, i) => [name, values[i]!])),
    });
  }

  /** The student's weights as they are now, on the host, by their checkpoint names. */
  async studentWeights(): Promise<Map<string, { shape: number[]; data: Float32Array }>> {
    const entries = [...this.parts.student];
    const values = await Promise.all(entries.map(([, weight]) => weight.data<'float32'>()));
    return new Map(
      entries.map(([name, weight], i) => [name, { shape: [...weight.shape], data: values[i]! }]),
    );
  }

  dispose(): void {
    this.optimiser.dispose();
    tf.dispose([
      ...this.teacherWeights.values(),
      ...this.parts.student.values(),
      ...this.parts.recalibrator.values(),
      ...this.pending.map(({ packed }) => packed),
    ]);
    this.pending = [];
  }

  /** One optimiser update; leaves its scalars on the GPU in `pending`. */
  private update(span: StageSpan): void {
    const step = this.step + 1;
    const rate = learningRate(this.recipe, span, step);
    const names = trainedNames(span.key, this.recipe, this.session.student.config, this.parts);
    if (step === span.from) this.optimiser.reset(names);
    const chosen = this.sampler.next(this.recipe.data.batchSize).map((i) => this.examples[i]!);
    const { terms, gradients } = this.gradients(span.key, chosen, names);
    const norm = this.optimiser.apply(gradients, rate, step - span.from + 1);
    const keys = Object.keys(terms) as (keyof LossTerms)[];
    const packed = tf.stack([...keys.map((key) => terms[key]!), norm]) as tf.Tensor1D;
    this.pending.push({ step, stage: span.key, learningRate: rate, keys, packed });
    tf.dispose([...gradients.values(), ...Object.values(terms), norm]);
    this.step = step;
  }

  private gradients(
    stage: StageKey,
    examples: readonly Example[],
    names: readonly string[],
  ): { terms: Terms; gradients: Map<string, tf.Tensor> } {
    const { session, recipe } = this;
    const studentInputs = this.inputs(session.student, examples, this.bounds.student);
    const all = this.trained();
    const variables = names.map((name) => all.get(name)!);
    let terms: Terms = {};
    const differentiate = (loss: () => Terms) =>
      tf.variableGrads(() => {
        terms = loss();
        for (const term of Object.values(terms)) tf.keep(term);
        return terms.total!;
      }, variables);
    let result: ReturnType<typeof tf.variableGrads>;
    if (stage === 'finetune') {
      result = differentiate(() => this.objective.fineTune(studentInputs));
    } else {
      const teacherInputs = this.inputs(session.teacher, examples, this.bounds.teacher);
      const features = teacherFeatures(this.teacher, teacherInputs, recipe);
      const context = recalibratorContext(
        session.student.config,
        studentInputs,
        teacherInputs,
        recipe.recalibrator.reassignPositions,
      );
      result = differentiate(() =>
        this.objective.terms(stage, { student: studentInputs, teacher: teacherInputs, features, context }),
      );
      disposeRecalibratorContext(context);
      tf.dispose({ ...features });
      disposeInputs(teacherInputs);
    }
    disposeInputs(studentInputs);
    if (terms.total !== result.value) result.value.dispose();
    const gradients = new Map<string, tf.Tensor>();
    names.forEach((name, i) => {
      const gradient = result.grads[variables[i]!.name];
      if (gradient !== undefined) gradients.set(name, gradient);
    });
    return { terms, gradients };
  }

  private inputs(model: LoadedModel, examples: readonly Example[], bounds: Bounds): ModelInputs {
    const tokens: TokenBatch = makeTokenBatch(model.tokenizer, examples, bounds);
    return modelInputs(
      model.config,
      tokens,
      examples.map((example) => pixelsFor(model, example, this.session.sheets)),
    );
  }

  /** Brings the pending scalars back in one read. */
  private async readMetrics(): Promise<StepMetrics[]> {
    const pending = this.pending;
    this.pending = [];
    const all = tf.concat(pending.map(({ packed }) => packed));
    const values = await all.data<'float32'>();
    tf.dispose([all, ...pending.map(({ packed }) => packed)]);
    let at = 0;
    return pending.map(({ step, stage, learningRate: rate, keys }) => {
      const losses: LossTerms = { total: Number.NaN };
      for (const key of keys) losses[key] = values[at++]!;
      const gradientNorm = values[at++]!;
      if (!Number.isFinite(losses.total) || !Number.isFinite(gradientNorm))
        throw new EngineError(
          'not-finite',
          `The loss stopped being a number at step ${step}.`,
          'Lower the learning rate, or turn gradient clipping on, and run again.',
        );
      return { step, stage, losses, gradientNorm, learningRate: rate };
    });
  }

  private restore(bytes: Uint8Array): void {
    const state = decodeState(bytes);
    const same =
      state.dataHash === this.session.manifest.hash &&
      state.teacher === this.session.teacher.checkpoint.hash &&
      state.student === this.session.student.checkpoint.hash &&
      JSON.stringify(state.recipe) === JSON.stringify(this.recipe);
    const variables = this.stateVariables();
    if (!same || variables.some(({ name, variable: v }) => state.tensors.get(name)?.length !== v.size))
      throw new EngineError(
        'state-mismatch',
        'The saved run belongs to another recipe, data set or checkpoint.',
        'Load the pair and recipe it was saved with, or start the run again.',
      );
    tf.tidy(() => {
      for (const { name, variable: v } of variables) v.assign(tf.tensor(state.tensors.get(name)!, v.shape));
    });
    this.random.load(state.random);
    this.sampler.restore(state);
    this.step = state.step;
  }

  private trained(): Map<string, tf.Variable> {
    return new Map([...this.parts.student, ...this.parts.recalibrator]);
  }

  private stateVariables(): { name: string; variable: tf.Variable }[] {
    return [
      ...[...this.trained()].map(([name, weight]) => ({ name, variable: weight })),
      ...this.optimiser.moments(),
    ];
  }

  private trainableParameters(stage: StageKey): number {
    const all = this.trained();
    return trainedNames(stage, this.recipe, this.session.student.config, this.parts).reduce(
      (sum, name) => sum + all.get(name)!.size,
      0,
    );
  }
}

type Bounds = ReturnType<typeof sequenceBounds>;

function variable(data: Float32Array, shape: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(data, shape)));
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
