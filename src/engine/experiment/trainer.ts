import { awakeNow } from '../awake-clock.ts';
import type { Example } from '../data/emoji/questions.ts';
import { EpochSampler } from '../data/sampler.ts';
import { EngineError } from '../errors.ts';
import { FrozenAnswerer } from '../evaluate/answerer.ts';
import { Random } from '../random.ts';
import { armsOf, objectiveForOneTokenizer, type Arm } from '../recipe/arms.ts';
import { needRestart } from '../recipe/live.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import type { StageKey, StepMetrics, TrainEvent } from '../run/events.ts';
import { Exam } from './exam.ts';
import { FeatureMap } from './feature-map.ts';
import { decodeState, encodeState, type SavedState } from '../run/saved-state.ts';
import { learningRate, stageSpans, type StageSpan } from '../method/stages.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { Standing } from '../run/standing.ts';
import type { UpdateRequest } from '../train/update.ts';
import { Students, type EngineKind } from './students.ts';
import { teacherAnswers } from './teacher-answers.ts';
import {
  labelledExamples,
  pairBounds,
  refuseHeldOut,
  trainingSet,
  unanswered,
  type TrainingSet,
} from '../train/training-set.ts';
import { trainableParameters } from '../method/trained.ts';
import { watchedExample } from './watched-example.ts';

/**
 * One experiment: every arm of a recipe goes through the three stages over a fixed training set (genrecal, “Losses”), update by update on the
 * same batches. Owns every tensor it makes until `dispose`. Not re-entrant: one `run` at a time, `save` only between two events.
 */
export class Trainer {
  private arms: readonly Arm[];
  private readonly examples: readonly Example[];
  private readonly exam: Exam;
  private readonly random: Random;
  private readonly sampler: EpochSampler;
  private readonly spans: StageSpan[];
  private readonly totalSteps: number;
  private readonly restored: SavedState | undefined;
  /** Made when first needed: some arms have to hear the teacher's answers first. */
  private students: Students | undefined;
  private set: TrainingSet | undefined;
  /** One basis an arm for the whole run. */
  private readonly maps = new Map<string, FeatureMap>();
  private answers: ReadonlyMap<string, string>;
  private step = 0;
  /** What the run follows from the next step on. */
  private changed: Recipe | undefined;
  /** The same for later steps, by the update after which it is taken over. */
  private readonly planned = new Map<number, Recipe>();
  /** ms that this run took before it was saved. */
  private readonly spent: { all: number; training: number };
  /** `awakeNow()` when `run` was called. */
  private started = 0;
  private trainMs = 0;
  /** Updates whose numbers are still on the GPU. */
  private pending: Pick<StepMetrics, 'step' | 'stage' | 'learningRate'>[] = [];
  /** Numbers that were read for a saved state and not told yet. */
  private untold: StepMetrics[] = [];
  private disposed = false;

  /** @throws EngineError `recipe-invalid` for held-out styles, `state-mismatch` where `restore` does not belong to the recipe. */
  constructor(
    private readonly session: TrainSession,
    private recipe: Recipe,
    restore?: Uint8Array,
    private readonly engine: EngineKind = 'wgsl',
  ) {
    refuseHeldOut(session, recipe);
    this.arms = armsOf(recipe);
    refuseForeignTokens(session, recipe);
    this.examples = labelledExamples(session, recipe);
    this.random = new Random(recipe.seed);
    this.sampler = new EpochSampler(this.examples.length, this.random);
    this.exam = new Exam(session, recipe);
    this.spans = stageSpans(recipe);
    this.totalSteps = this.spans.at(-1)?.to ?? 0;
    this.restored = restore && this.decode(restore);
    this.step = this.restored?.step ?? 0;
    const { seconds = 0, trainSeconds = 0 } = this.restored ?? {};
    this.spent = { all: seconds * 1000, training: trainSeconds * 1000 };
    this.answers = new Map(Object.entries(this.restored?.answers ?? {}));
  }

  /**
   * Trains to the end, one event at a time; a consumer that stops pulling pauses the run between two updates.
   * @param flush asked after every step: true sends that step's numbers at once instead of with the next packed readback.
   * @throws EngineError `not-finite` when a loss is no longer a number.
   */
  async *run(flush: () => boolean = () => false): AsyncGenerator<TrainEvent, void, void> {
    const { recipe, session } = this;
    const { batchSize } = recipe.data;
    this.started = awakeNow();
    const parameters = (stage: StageKey) => trainableParameters(stage, recipe, session);
    const again = this.goesOn && { again: true as const };
    yield {
      ...again,
      type: 'start',
      recipe,
      arms: this.arms.map(({ key, label }) => ({ key, label })),
      totalSteps: this.totalSteps,
      stages: this.spans,
      dataHash: session.manifest.hash,
      checkpoints: { teacher: session.teacher.checkpoint.hash, student: session.student.checkpoint.hash },
      trainableParameters: {
        align: parameters('align'),
        distil: parameters('distil'),
        finetune: parameters('finetune'),
      },
    };
    const { exam } = this;
    yield {
      ...again,
      type: 'status',
      message: 'The teacher and the student answer the held-out questions first.',
    };
    const students = yield* this.ready();
    yield { ...again, type: 'shapes', ...this.set!.bounds };
    if (this.goesOn) {
      yield* this.takeOver(students);
      yield* this.lookAgain(students);
    }

    let interval = { since: awakeNow(), steps: this.step };
    let stage: StageKey | undefined;
    while (this.step < this.totalSteps) {
      const span = this.spans.find(({ to }) => this.step + 1 <= to)!;
      if (span.key !== stage) {
        stage = span.key;
        const inside = this.step >= span.from && { again: true as const };
        yield { ...inside, type: 'status', message: 'Compiling the kernels of this stage.' };
        await students.prepare(stage);
        // Where everything lies before the first update.
        if (this.step === 0) yield* this.probe(students);
        yield { ...inside, type: 'stage', stage, step: span.from };
        interval = { since: awakeNow(), steps: this.step };
      }
      const begun = awakeNow();
      const first = this.update(students, span);
      const last = this.step === this.totalSteps;
      const evaluates = this.evaluates(span);
      const watched = flush();
      let metrics: StepMetrics[] = [];
      if (this.step % recipe.logEverySteps === 0 || last || evaluates || watched) {
        metrics = [...this.untold, ...(await this.readMetrics(students))];
        this.untold = [];
      }
      this.trainMs += awakeNow() - begun;
      if (metrics.length > 0) {
        const seconds = (awakeNow() - interval.since) / 1000;
        const rate = (this.step - interval.steps) / seconds;
        yield {
          type: 'metrics',
          steps: metrics,
          stepsPerSecond: rate,
          examplesPerSecond: rate * batchSize,
          gpuBytes: session.device.gpuBytes() + students.gpuBytes(),
          tensors: session.device.tensors(),
        };
        interval = { since: awakeNow(), steps: this.step };
      }
      if (watched) {
        const { examples, count } = this.set!.forArm(this.arms[0]!.recipe);
        const example = watchedExample(session, examples[first % count]!);
        yield { type: 'example', step: this.step, example };
      }
      yield { type: 'step', step: this.step, stage };
      yield* this.takeOver(students);
      yield* this.look(students, span);
      if (evaluates) interval = { since: awakeNow(), steps: this.step };
    }
    yield { type: 'status', message: 'Every student answers the held-out questions again.' };
    for (const arm of this.arms) yield* exam.after(arm, students.answerer(arm.key), this.step);
    yield {
      type: 'done',
      final: exam.summary({
        steps: this.totalSteps,
        ...this.seconds(),
      }),
    };
  }

  /**
   * Makes the run follow another recipe from its next step on; asked between two events of `run`.
   * @param after the update after which it is taken over, where that is not the next one
   * @throws EngineError `recipe-invalid` where it differs in more than live fields.
   */
  change(recipe: Recipe, after?: number): void {
    const fixed = needRestart(this.recipe, recipe);
    if (fixed.length > 0)
      throw new EngineError(
        'recipe-invalid',
        `A run cannot change ${fixed.join(', ')} on its way.`,
        'Stop it and run again with the new recipe.',
      );
    if (after === undefined) this.changed = recipe;
    else this.planned.set(after, recipe);
  }

  /**
   * The whole state between two steps; a run restored from it continues bit for bit.
   * @throws EngineError `engine-busy` when the run is over before all of it is read, `not-finite` when there is nothing to go on with.
   */
  async save(): Promise<Uint8Array> {
    const students = this.made();
    this.untold.push(...(await this.readMetrics(students)));
    const tensors = await students.state();
    this.refuseDisposed();
    const broken = [...tensors].find(([, values]) => !values.every(Number.isFinite));
    if (broken !== undefined)
      throw notFinite(`“${broken[0]}” holds values that are not numbers after step ${this.step}.`);
    return encodeState({
      recipe: this.recipe,
      dataHash: this.session.manifest.hash,
      teacher: this.session.teacher.checkpoint.hash,
      student: this.session.student.checkpoint.hash,
      step: this.step,
      ...this.seconds(),
      untold: this.untold,
      answers: Object.fromEntries(this.answers),
      random: this.random.save(),
      ...this.sampler.save(),
      tensors,
    });
  }

  /** The weights of the recipe's own student (or another arm's) as they are now, on the host, by their checkpoint names. */
  studentWeights(arm = this.arms[0]!.key): Promise<HostTensors> {
    return this.made().weights(arm);
  }

  /** The students as whoever looks from outside finds them between two events. */
  standing(): Standing {
    const arms = this.students === undefined ? [] : this.arms.map(({ key }) => key);
    return { step: this.step, arms, weights: (arm) => this.studentWeights(arm) };
  }

  dispose(): void {
    this.disposed = true;
    this.students?.dispose();
    this.students = undefined;
    this.pending = [];
  }

  private async *takeOver(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const next = this.changed ?? this.planned.get(this.step);
    if (next === undefined) return;
    this.untold.push(...(await this.readMetrics(students)));
    this.recipe = next;
    this.changed = undefined;
    this.arms = armsOf(this.recipe);
    yield { type: 'status', message: 'Compiling the kernels of the changed recipe.' };
    await students.change(this.arms);
    yield { type: 'recipe', step: this.step, recipe: this.recipe };
  }

  private seconds(): { seconds: number; trainSeconds: number } {
    const { spent, started, trainMs } = this;
    const since = started === 0 ? 0 : awakeNow() - started;
    return { seconds: (spent.all + since) / 1000, trainSeconds: (spent.training + trainMs) / 1000 };
  }

  /** Every so many steps, and after each stage. */
  private evaluates(span: StageSpan): boolean {
    const { everySteps } = this.recipe.evaluation;
    return everySteps > 0 && (this.step % everySteps === 0 || this.step === span.to);
  }

  /** What is measured after an update, where the recipe asks for it. */
  private async *look(students: Students, span: StageSpan): AsyncGenerator<TrainEvent, void, void> {
    const evaluates = this.evaluates(span);
    if (evaluates || this.step === span.to) yield* this.probe(students);
    if (evaluates && this.step < this.totalSteps)
      for (const { key } of this.arms) yield* this.exam.during(key, students.answerer(key), this.step);
  }

  /** A state is saved right after an update, before the look that belongs to it. */
  private async *lookAgain(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const span = this.spans.find(({ from, to }) => from <= this.step && this.step <= to);
    if (span === undefined || !(this.evaluates(span) || this.step === span.to)) return;
    await students.prepare(span.key);
    yield* this.look(students, span);
  }

  /** Whether a record has the beginning of this run. */
  private get goesOn(): boolean {
    return this.restored !== undefined && this.restored.step > 0;
  }

  private async *probe(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const examples = this.exam.sample(this.recipe.data.batchSize);
    for await (const { arm, numbers, sample } of students.probes(examples)) {
      yield { type: 'probe', step: this.step, arm, numbers };
      yield { type: 'features', step: this.step, arm, map: this.map(arm).place(sample) };
    }
  }

  private map(arm: string): FeatureMap {
    const map = this.maps.get(arm) ?? new FeatureMap();
    this.maps.set(arm, map);
    return map;
  }

  /** The first look of all decides what the feature maps show: a run that goes on looks once more from where its students began. */
  private async firstLook(): Promise<void> {
    const { session, recipe, arms, engine } = this;
    const beginners = new Students(session, this.trainingSet(), recipe, arms, engine);
    try {
      for await (const { arm, sample } of beginners.probes(this.exam.sample(recipe.data.batchSize)))
        this.map(arm).place(sample);
    } finally {
      beginners.dispose();
    }
  }

  /** One optimiser update of every arm; the numbers stay on the GPU. → the first example of the batch, by index. */
  private update(students: Students, span: StageSpan): number {
    const { key: stage, from } = span;
    const step = this.step + 1;
    const rate = learningRate(this.recipe, span, step);
    const request: UpdateRequest = {
      stage,
      examples: this.sampler.next(this.recipe.data.batchSize),
      learningRate: rate,
      count: step - from + 1,
    };
    students.update(request);
    this.pending.push({ step, stage, learningRate: rate });
    this.step = step;
    return request.examples[0]!;
  }

  /** Brings the pending numbers of every arm back. */
  private async readMetrics(students: Students): Promise<StepMetrics[]> {
    const pending = this.pending;
    if (pending.length === 0) return [];
    this.pending = [];
    const all = await students.numbers();
    // Step by step: then it does not show where a state was saved in between.
    return pending.flatMap((update, i) =>
      all.flatMap(({ arm, numbers }) => {
        const own = numbers[i];
        if (own === undefined) return [];
        if (!Number.isFinite(own.losses.total) || !Number.isFinite(own.gradientNorm))
          throw notFinite(`The loss of “${arm.label}” stopped being a number at step ${update.step}.`);
        return [{ arm: arm.key, ...update, ...own }];
      }),
    );
  }

  /** The students, once the teacher and the untouched student have been heard. */
  private async *ready(): AsyncGenerator<TrainEvent, Students, void> {
    const { session, recipe, arms, examples, exam } = this;
    const bounds = pairBounds(session, [...examples, ...exam.questions]);
    const { batchSize } = recipe.data;
    const teacher = new FrozenAnswerer(session, session.teacher, batchSize, bounds.teacher);
    const untouched = new FrozenAnswerer(session, session.student, batchSize, bounds.student);
    try {
      const again = this.goesOn && { again: true as const };
      for await (const event of exam.before(teacher, untouched)) yield { ...again, ...event };
      const open = unanswered(examples, arms);
      if (open.length > 0 && this.answers.size === 0) this.answers = yield* teacherAnswers(teacher, open);
    } finally {
      teacher.dispose();
      untouched.dispose();
    }
    if (this.goesOn) await this.firstLook();
    return this.make();
  }

  /** The students without an exam, for those who only want their state. */
  private made(): Students {
    if (this.students === undefined && unanswered(this.examples, this.arms).length > this.answers.size)
      throw new Error('the teacher has not answered yet');
    return this.make();
  }

  private make(): Students {
    this.refuseDisposed();
    if (this.students === undefined) {
      const { session, recipe, arms } = this;
      this.students = new Students(session, this.trainingSet(), recipe, arms, this.engine);
      if (this.restored !== undefined) this.restore(this.students, this.restored);
    }
    return this.students;
  }

  private trainingSet(): TrainingSet {
    const { session, arms, examples, exam } = this;
    return (this.set ??= trainingSet(session, examples, arms, this.answers, exam.questions));
  }

  /** Students made anew would have the weights of the first step under the number of the last. */
  private refuseDisposed(): void {
    if (this.disposed)
      throw new EngineError(
        'engine-busy',
        'The run is over and its students are gone.',
        'Run its recipe again.',
      );
  }

  private decode(bytes: Uint8Array): SavedState {
    const state = decodeState(bytes);
    const same =
      state.dataHash === this.session.manifest.hash &&
      state.teacher === this.session.teacher.checkpoint.hash &&
      state.student === this.session.student.checkpoint.hash &&
      JSON.stringify(state.recipe) === JSON.stringify(this.recipe);
    if (!same) throw mismatch();
    return state;
  }

  private restore(students: Students, state: SavedState): void {
    const sizes = [...students.stateSizes()];
    if (sizes.some(([name, length]) => state.tensors.get(name)?.length !== length)) throw mismatch();
    students.restore(state.tensors);
    this.random.load(state.random);
    this.sampler.restore(state);
    this.untold = state.untold;
  }
}

function notFinite(message: string): EngineError {
  return new EngineError(
    'not-finite',
    message,
    'Lower the learning rate, or turn gradient clipping on, and run again.',
  );
}

function mismatch(): EngineError {
  return new EngineError(
    'state-mismatch',
    'The saved run belongs to another recipe, data set or checkpoint.',
    'Load the pair and recipe it was saved with, or start the run again.',
  );
}

/** Objectives that compare token by token have nothing to compare between two vocabularies. */
function refuseForeignTokens({ pair }: TrainSession, recipe: Recipe): void {
  const objective = objectiveForOneTokenizer(recipe);
  if (objective === undefined || pair.teacher.tokenizer === pair.student.tokenizer) return;
  throw new EngineError(
    'recipe-invalid',
    `${objective} compares the two models token by token, but “${pair.label}” has two different tokenizers.`,
    'Choose a pair with one tokenizer, or another objective.',
  );
}
