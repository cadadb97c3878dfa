import { FusedAnswerer } from '../evaluate/answerer.ts';
import { Memory } from '../fused/memory.ts';
import { Parameters } from '../fused/parameters.ts';
import { totalWork, type Work } from '../fused/plan.ts';
import type { Speed } from '../fused/speed.ts';
import { armsOf } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { Exam } from './exam.ts';
import { FusedStepper } from './fused-stepper.ts';
import { stageSpans } from './schedule.ts';
import { SharedRun } from './shared-run.ts';
import { labelledExamples, promptKey, trainingSet, unanswered, type TrainingSet } from './training-set.ts';

/** What a recipe will cost on an adapter, before it runs. */
export interface Forecast {
  /** The whole run, questions included, s. */
  seconds: number;
  /** Most that the run's own buffers will take at a time. */
  gpuBytes: number;
  /** Tokens that a question and an answer take in each model, padding included. */
  bounds: TrainingSet['bounds'];
}

/**
 * Records the whole run without a device behind it, and weighs what was recorded with the adapter's measured speed. Bytes are exact but for
 * answers that the teacher has yet to give; seconds are an estimate.
 */
export function forecast(session: TrainSession, recipe: Recipe, speed: Speed): Forecast {
  const arms = armsOf(recipe);
  const exam = new Exam(session, recipe);
  const examples = labelledExamples(session, recipe);
  const open = unanswered(examples, arms);
  // The true answers stand in for the teacher's.
  const answers = new Map(open.map((example) => [promptKey(example), example.answer]));
  const set = trainingSet(session, examples, arms, answers, exam.questions);
  const shared = new SharedRun(session, set, recipe, {}, new Memory(session.device.gpu, true));
  const steppers = arms.map((arm) => new FusedStepper(shared, arm.recipe));
  const { batchSize } = recipe.data;
  const seconds = ({ operations, dispatches }: Work) =>
    operations / speed.operationsPerSecond + dispatches * speed.secondsPerDispatch;

  const answerer = (model: LoadedModel, bounds: (typeof set.bounds)['student']) => {
    const host = [...model.checkpoint.tensors].map(([name, tensor]) => ({ name, ...tensor }));
    const weights = new Parameters(shared.memory.sibling(), host, false);
    return new FusedAnswerer(session, model, weights, batchSize, bounds, shared.memory.sibling());
  };
  const asking = {
    teacher: answerer(session.teacher, set.bounds.teacher),
    student: answerer(session.student, set.bounds.student),
  };
  const batches = (questions: number) => Math.ceil(questions / batchSize);
  const counts = exam.counts();
  const spans = stageSpans(recipe);
  const updates = spans.at(-1)?.to ?? 0;
  const { everySteps } = recipe.evaluation;
  const looks = everySteps > 0 ? Math.floor(updates / everySteps) : 0;
  const once = batches(counts.final);
  const glance = batches(counts.live) + batches(counts.panel);
  let total =
    seconds(asking.teacher.work) * (once + batches(counts.panel) + batches(open.length)) +
    seconds(asking.student.work) * (once + glance + arms.length * (looks * glance + once + glance));

  let gpuBytes = 0;
  let seen = 0;
  for (const { key, from, to } of spans) {
    if (key === 'finetune') shared.forgetTeacher();
    const stages = steppers.map((stepper) => stepper.record(key));
    const steps = to - from + 1;
    const step = (which: 'known' | 'fresh') =>
      seconds(totalWork([...stages.map((stage) => stage.work(which)), ...shared.teacherWork(which)]));
    const [known, fresh] = [step('known'), step('fresh')];
    // Features are computed in the first epoch; the teacher's stay from stage 1 to stage 2.
    const firstEpoch = Math.max(0, Math.min(steps, Math.ceil(recipe.data.examples / batchSize) - seen));
    if (key !== 'finetune') seen += steps;
    total += steps * known + firstEpoch * (fresh - known);
    const held = steppers.reduce((sum, stepper) => sum + stepper.gpuBytes(), shared.gpuBytes());
    gpuBytes = Math.max(gpuBytes, held + arms.length * asking.student.gpuBytes());
  }
  for (const stepper of steppers) stepper.dispose();
  shared.dispose();
  return { seconds: total, gpuBytes, bounds: set.bounds };
}
