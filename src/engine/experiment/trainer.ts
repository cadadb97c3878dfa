import { awakeNow } from '../awake-clock.ts';
import type { Example } from '../data/example.ts';
import { EpochSampler } from '../data/sampler.ts';
import { EngineError } from '../errors.ts';
import { learningRate, type StageKey, type StageSpan } from '../method/stages.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { StepMetrics, TrainEvent } from '../run/events.ts';
import { wasTold } from '../run/resume.ts';
import { encodeState, type SavedState } from '../run/saved-state.ts';
import type { Standing } from '../run/standing.ts';
import type { TrainSession } from '../session.ts';
import { untaught } from '../train/asking.ts';
import { refuseForeignTokens } from '../train/refuse-foreign-tokens.ts';
import {
  labelledExamples,
  refuseHeldOut,
  trainingSet,
  unanswered,
  type TrainingSet,
} from '../train/training-set.ts';
import type { UpdateRequest } from '../train/update.ts';
import { Course } from './course.ts';
import { Exam } from './exam.ts';
import { fitted } from './foreseen.ts';
import { Looks } from './looks.ts';
import { readState, restoreStudents } from './restore.ts';
import { RunClock } from './run-clock.ts';
import { startEvent } from './start-event.ts';
import { Students, type EngineKind } from './students.ts';
import { teacherAnswers } from './teacher-answers.ts';
import { notFinite, UntoldNumbers } from './untold-numbers.ts';
import { watchedExample } from './watched-example.ts';

/**
 * One experiment: every arm of a recipe goes through the three stages over a fixed training set (genrecal, “Losses”), with every seed, update by
 * update on the same batches. Owns every tensor it makes until `dispose`. Not re-entrant: one `run` at a time, `save` only between two events.
 */
export class Trainer {
  private readonly session: TrainSession;
  private readonly course: Course;
  private readonly examples: readonly Example[];
  private readonly exam: Exam;
  private readonly looks: Looks;
  /** Every seed's. */
  private readonly samplers: readonly EpochSampler[];
  /** Whoever comes to rest between two events says so here. */
  readonly clock: RunClock;
  private readonly numbers = new UntoldNumbers();
  private readonly restored: SavedState | undefined;
  /** Whether a record has the beginning of this run. */
  private readonly goesOn: boolean;
  /** Made when first needed: some arms have to hear the teacher's answers first. */
  private students: Students | undefined;
  private set: TrainingSet | undefined;
  private answers: ReadonlyMap<string, string>;
  private disposed = false;

  /** @throws EngineError `recipe-invalid` for held-out styles, `state-mismatch` where `restore` does not belong to the recipe. */
  constructor(
    loaded: TrainSession,
    recipe: Recipe,
    restore?: Uint8Array,
    private readonly engine: EngineKind = 'wgsl',
  ) {
    refuseHeldOut(loaded, recipe);
    const session = (this.session = fitted(loaded, recipe));
    this.course = new Course(recipe);
    refuseForeignTokens(session, recipe);
    this.examples = labelledExamples(session, recipe);
    this.samplers = Array.from(
      { length: recipe.seeds },
      (_, seed) => new EpochSampler(this.examples.length, recipe.seed + seed),
    );
    this.exam = new Exam(session, recipe);
    this.looks = new Looks(this.exam, this.course);
    this.restored = restore && readState(restore, session, recipe);
    this.course.step = this.restored?.step ?? 0;
    this.goesOn = this.course.step > 0;
    this.clock = new RunClock(this.restored ?? { seconds: 0, trainSeconds: 0 });
    this.answers = new Map(Object.entries(this.restored?.answers ?? {}));
  }

  /**
   * Trains to the end, one event at a time; a consumer that stops pulling pauses the run between two updates.
   * @param flush asked after every step: true sends that step's numbers at once instead of with the next packed readback.
   * @throws EngineError `not-finite` when a loss is no longer a number.
   */
  async *run(flush: () => boolean = () => false): AsyncGenerator<TrainEvent, void, void> {
    const { session, course, exam, looks, clock, numbers } = this;
    const { data, logEverySteps } = course.recipe;
    clock.start();
    yield this.told(startEvent(session, course));
    yield this.told({
      type: 'status',
      message: 'The teacher and the student answer the held-out questions first.',
    });
    const students = yield* this.ready();
    yield this.told({ type: 'shapes', ...this.set!.bounds });
    if (this.goesOn) {
      yield* this.takeOver(students);
      yield* looks.afterRestored(students);
    }

    clock.measureFrom(course.step);
    let stage: StageKey | undefined;
    while (!course.over) {
      const span = course.nextSpan;
      if (span.key !== stage) {
        stage = span.key;
        const enters = { type: 'stage', stage, step: span.from } as const;
        yield this.told({ type: 'status', message: 'Compiling the kernels of this stage.' }, enters);
        await students.prepare(stage);
        // Where everything lies before the first update.
        if (course.step === 0) yield* looks.probe(students);
        yield this.told(enters);
        clock.measureFrom(course.step);
      }
      const begun = awakeNow();
      const first = this.update(students, span);
      const evaluates = course.evaluates(span);
      const watched = flush();
      let metrics: StepMetrics[] = [];
      if (course.step % logEverySteps === 0 || course.over || evaluates || watched)
        metrics = await numbers.take(students);
      clock.trainedSince(begun);
      if (metrics.length > 0) {
        const stepsPerSecond = clock.stepsPerSecond(course.step);
        yield {
          type: 'metrics',
          steps: metrics,
          stepsPerSecond,
          examplesPerSecond: stepsPerSecond * data.batchSize,
          gpuBytes: session.device.gpuBytes() + students.gpuBytes(),
          tensors: session.device.tensors(),
        };
        clock.measureFrom(course.step);
      }
      if (watched) yield await watchedExample(session, this.set!, course, students, first);
      yield { type: 'step', step: course.step, stage };
      yield* this.takeOver(students);
      yield* looks.after(students, span);
      if (evaluates) clock.measureFrom(course.step);
    }
    yield { type: 'status', message: 'Every student answers the held-out questions again.' };
    yield* exam.after(students.ofArms(course.arms), course.step);
    yield { type: 'done', final: exam.summary({ steps: course.totalSteps, ...clock.seconds() }) };
  }

  /**
   * Makes the run follow another recipe from its next step on; asked between two events of `run`.
   * @param after the update after which it is taken over, where that is not the next one
   * @throws EngineError `recipe-invalid` where it differs in more than live fields.
   */
  change(recipe: Recipe, after?: number): void {
    this.course.plan(recipe, after);
  }

  /**
   * The whole state between two steps; a run restored from it continues bit for bit.
   * @throws EngineError `engine-busy` when the run is over before all of it is read, `not-finite` when there is nothing to go on with.
   */
  async save(): Promise<Uint8Array> {
    const { course, session } = this;
    const students = this.made();
    const untold = await this.numbers.keep(students);
    const tensors = await students.state().finally(() => this.refuseDisposed());
    const broken = [...tensors].find(([, values]) => !values.every(Number.isFinite));
    if (broken !== undefined)
      throw notFinite(`“${broken[0]}” holds values that are not numbers after step ${course.step}.`);
    return encodeState({
      recipe: course.recipe,
      dataHash: session.data.hash,
      teacher: session.teacher.checkpoint.hash,
      student: session.student.checkpoint.hash,
      step: course.step,
      ...this.clock.seconds(),
      untold,
      answers: Object.fromEntries(this.answers),
      seeds: this.samplers.map((sampler) => sampler.save()),
      tensors,
    });
  }

  /** The weights of the recipe's own student (or another arm's; of several seeds the first one's) as they are now, on the host, by their checkpoint names. */
  studentWeights(arm = this.course.arms[0]!.key): Promise<HostTensors> {
    return this.made().weights(arm);
  }

  /** The adapters beside that student's weights, where the recipe has LoRA. */
  studentAdapters(): Promise<HostTensors | undefined> {
    return this.made().adapters(this.course.arms[0]!.key);
  }

  /** The students as whoever looks from outside finds them between two events. */
  standing(): Standing {
    const { step, arms } = this.course;
    const keys = this.students === undefined ? [] : arms.map(({ key }) => key);
    return { step, arms: keys, weights: (arm) => this.studentWeights(arm) };
  }

  dispose(): void {
    this.disposed = true;
    this.students?.dispose();
    this.students = undefined;
    this.numbers.drop();
  }

  /** @param about what a `status` belongs to, where that is not the run's beginning */
  private told(event: TrainEvent, about = event): TrainEvent {
    const again = this.restored !== undefined && wasTold(about, this.restored);
    return again ? { ...event, again } : event;
  }

  private async *takeOver(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const { course } = this;
    const next = course.due;
    if (next === undefined) return;
    await this.numbers.keep(students);
    course.follow(next);
    yield { type: 'status', message: 'Compiling the kernels of the changed recipe.' };
    await students.change(course.arms);
    yield { type: 'recipe', step: course.step, recipe: course.recipe };
  }

  /** One optimiser update of every arm; the numbers stay on the GPU. → the first example of the batch, by index. */
  private update(students: Students, span: StageSpan): number {
    const { course } = this;
    const { key: stage, from } = span;
    const step = course.step + 1;
    const request: UpdateRequest = {
      stage,
      examples: this.samplers.map((sampler) => sampler.next(course.recipe.data.batchSize)),
      learningRate: (recipe) => learningRate(recipe, span, step),
      count: step - from + 1,
    };
    students.update(request);
    this.numbers.add({ step, stage });
    course.step = step;
    return request.examples[0]![0]!;
  }

  /** The students, once the teacher and the untouched student have been heard. */
  private async *ready(): AsyncGenerator<TrainEvent, Students, void> {
    const { session, course, examples, exam } = this;
    const open = unanswered(session.data, examples, course.arms);
    const { teacher, student } = untaught(session, course.recipe, { examples, open, asked: exam.questions });
    try {
      for await (const event of exam.before(teacher, student)) yield this.told(event);
      if (open.length > 0 && this.answers.size === 0)
        this.answers = yield* teacherAnswers(session.data, teacher, open);
    } finally {
      teacher.dispose();
      student.dispose();
    }
    if (this.goesOn) await this.looks.first(this.begin());
    return this.make();
  }

  /** The students without an exam, for those who only want their state. */
  private made(): Students {
    const { session, examples, course, answers } = this;
    if (this.students === undefined && unanswered(session.data, examples, course.arms).length > answers.size)
      throw new Error('the teacher has not answered yet');
    return this.make();
  }

  private make(): Students {
    this.refuseDisposed();
    if (this.students === undefined) {
      this.students = this.begin();
      const { restored } = this;
      if (restored !== undefined) {
        restoreStudents(this.students, restored);
        this.samplers.forEach((sampler, seed) => sampler.restore(restored.seeds[seed]!));
        this.numbers.restore(restored.untold);
      }
    }
    return this.students;
  }

  /** Students before their first update. */
  private begin(): Students {
    const { session, course, examples, exam, answers, engine } = this;
    this.set ??= trainingSet(session, examples, course.arms, answers, exam.questions);
    return new Students(session, this.set, course.recipe, course.arms, engine);
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
}
