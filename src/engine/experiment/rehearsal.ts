import { WgslAnswerer } from '../evaluate/answerer.ts';
import { Memory } from '../wgsl/core/memory.ts';
import { Parameters } from '../wgsl/core/parameters.ts';
import { totalWork, type Work } from '../wgsl/core/plan.ts';
import type { Speed } from '../wgsl/tune/speed.ts';
import { armsOf } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { Exam } from './exam.ts';
import { WgslStepper } from '../train/wgsl/wgsl-stepper.ts';
import { stageSpans } from '../method/stages.ts';
import { SharedRun } from '../train/wgsl/shared-run.ts';
import { labelledExamples, trainingSet, unanswered, type TrainingSet } from '../train/training-set.ts';

/** What a recipe will cost on an adapter, before it runs. */
export interface Forecast {
  /** The whole run, questions included, s. */
  seconds: number;
  /** Most that the run's own buffers will take at a time. */
  gpuBytes: number;
  /** Tokens that a question and an answer take in each model, padding included. */
  bounds: TrainingSet['bounds'];
}

/** One stage of every arm as it was recorded. */
interface RehearsedStage {
  steps: number;
  /** How many of them meet examples whose features are not known yet. */
  firstEpoch: number;
  known: Work;
  fresh: Work;
}

/**
 * A run recorded without a device behind it: it costs nothing, weighs what the run will take, and can compile the run's kernels before it starts.
 * Shapes and bytes are exact but for answers that the teacher has yet to give.
 */
export class Rehearsal {
  private readonly asking: { answerer: WgslAnswerer; batches: number }[];
  private readonly stages: RehearsedStage[] = [];
  private readonly compiled: { compile(): Promise<unknown> }[];
  private gpuBytes = 0;
  private readonly bounds: TrainingSet['bounds'];

  constructor(session: TrainSession, recipe: Recipe) {
    const arms = armsOf(recipe);
    const exam = new Exam(session, recipe);
    const { data } = session;
    const examples = labelledExamples(session, recipe);
    const open = unanswered(data, examples, arms);
    // The true answers stand in for the teacher's.
    const answers = new Map(open.map((example) => [data.promptKey(example), example.answer]));
    const set = trainingSet(session, examples, arms, answers, exam.questions);
    this.bounds = set.bounds;
    const shared = new SharedRun(session, set, recipe, {}, new Memory(session.device.gpu, true));
    const steppers = arms.map((arm) => new WgslStepper(shared, arm.recipe));
    const { batchSize } = recipe.data;

    const answerer = (model: LoadedModel, bounds: (typeof set.bounds)['student']) => {
      const weights = new Parameters(shared.memory.sibling(), model.checkpoint.tensors, false);
      return new WgslAnswerer(session, model, weights, batchSize, bounds, shared.memory.sibling());
    };
    const teacher = answerer(session.teacher, set.bounds.teacher);
    const student = answerer(session.student, set.bounds.student);
    const batches = (questions: number) => Math.ceil(questions / batchSize);
    const counts = exam.counts();
    const spans = stageSpans(recipe);
    const { everySteps } = recipe.evaluation;
    const stageEnds = spans.slice(0, -1).filter(({ to }) => to % everySteps !== 0).length;
    const looks = everySteps > 0 ? Math.floor((spans.at(-1)?.to ?? 0) / everySteps) + stageEnds : 0;
    const once = batches(counts.final);
    const glance = batches(counts.live) + batches(counts.panel);
    this.asking = [
      { answerer: teacher, batches: once + batches(counts.panel) + batches(open.length) },
      { answerer: student, batches: once + glance + arms.length * (looks * glance + once + glance) },
    ];

    this.compiled = [teacher, student];
    let seen = 0;
    for (const { key, from, to } of spans) {
      if (key === 'finetune') shared.forgetTeacher();
      const stages = steppers.map((stepper) => stepper.record(key));
      const work = (which: 'known' | 'fresh') =>
        totalWork([...stages.map((stage) => stage.work(which)), ...shared.teacherWork(which)]);
      const steps = to - from + 1;
      // Features are computed in the first epoch; the teacher's stay from stage 1 to stage 2.
      const firstEpoch = Math.max(0, Math.min(steps, batches(recipe.data.examples) - seen));
      if (key !== 'finetune') seen += steps;
      this.stages.push({ steps, firstEpoch, known: work('known'), fresh: work('fresh') });
      this.compiled.push(...stages);
      const held = steppers.reduce((sum, stepper) => sum + stepper.gpuBytes(), shared.gpuBytes());
      this.gpuBytes = Math.max(this.gpuBytes, held + arms.length * student.gpuBytes());
    }
  }

  /** Weighs what was recorded with the adapter's measured speed. */
  forecast(speed: Speed): Forecast {
    const seconds = ({ operations, dispatches }: Work) =>
      operations / speed.operationsPerSecond + dispatches * speed.secondsPerDispatch;
    const answers = this.asking.map(({ answerer, batches }) => batches * seconds(answerer.work));
    const updates = this.stages.map(
      ({ steps, firstEpoch, known, fresh }) =>
        steps * seconds(known) + firstEpoch * (seconds(fresh) - seconds(known)),
    );
    const { gpuBytes, bounds } = this;
    return { seconds: [...answers, ...updates].reduce((a, b) => a + b, 0), gpuBytes, bounds };
  }

  /**
   * Compiles the run's kernels, a part after the other; the run itself then finds them compiled.
   * @param goOn told the share that is done, 0–1, before each part; false ends it.
   */
  async compile(goOn: (done: number) => boolean): Promise<void> {
    for (const [i, part] of this.compiled.entries()) {
      if (!goOn(i / this.compiled.length)) return;
      await part.compile();
    }
    goOn(1);
  }
}
