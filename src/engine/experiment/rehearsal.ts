import type { Example } from '../data/example.ts';
import type { Asking } from '../evaluate/at-once.ts';
import { WgslAnswerer } from '../evaluate/answerer.ts';
import type { Ledger } from '../wgsl/core/ledger.ts';
import { Memory } from '../wgsl/core/memory.ts';
import { Parameters } from '../wgsl/core/parameters.ts';
import { totalWork, type Work } from '../wgsl/core/plan.ts';
import type { Speed } from '../wgsl/tune/speed.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { fitted, foreseenRun, type ForeseenRun } from './foreseen.ts';
import { studentAsking, teacherAsking } from '../train/asking.ts';
import { memoryParts } from '../train/memory-parts.ts';
import { gives, studentsAtOnce, type Largest } from '../train/wgsl/at-once.ts';
import { lists } from '../train/wgsl/lists.ts';
import type { Probe } from '../train/wgsl/probe.ts';
import { steppers } from '../train/wgsl/steppers.ts';
import { stageSpans, type StageSpan } from '../method/stages.ts';
import { SharedRun } from '../train/wgsl/shared-run.ts';
import type { TrainingSet } from '../train/training-set.ts';

/** What a recipe will cost on an adapter, before it runs. */
export interface Forecast {
  /** The whole run, questions included, s. */
  seconds: number;
  /** Most that the run's own buffers will take at a time. */
  gpuBytes: number;
  /** Whether memory and the adapter's largest buffers have room for all of it. */
  fits: boolean;
  /** How weights that no stage trains are kept. */
  frozen: TrainSession['frozen'];
  /** Tokens that a question and an answer take in each model, padding included. */
  bounds: TrainingSet['bounds'];
  /** What else is worth knowing, in a few words each. */
  notes: string[];
}

/** One stage of every student as it was recorded. */
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
  private readonly asking: { answerer: WgslAnswerer; batches: number }[] = [];
  private readonly stages: RehearsedStage[] = [];
  private readonly probes: { probe: Probe; looks: number }[] = [];
  private readonly compiled: { compile(): Promise<unknown> }[] = [];
  /** Most that the run's own buffers take at a time, and what of it is for what. */
  gpuBytes = 0;
  parts = memoryParts(new Map());
  readonly largest: Largest;
  private readonly bounds: TrainingSet['bounds'];
  private readonly session: TrainSession;
  private readonly notes: string[] = [];

  constructor(loaded: TrainSession, recipe: Recipe) {
    const memory = new Memory(loaded.device.gpu, true);
    const run = foreseenRun(loaded, recipe);
    const session = (this.session = fitted(loaded, recipe, () => run));
    const { set, students } = run;
    this.bounds = set.bounds;
    const shared = new SharedRun(session, set, recipe, {}, memory);
    const atOnce = studentsAtOnce(session, set, recipe, students);
    const listed = steppers(shared, students, atOnce);
    const turns = lists(students).length < listed.length ? `, ${atOnce} of a kind at once` : '';
    if (session.frozen === 'f16') this.notes.push('frozen weights in f16');
    if (recipe.seeds > 1) this.notes.push(`${students.length} students${turns}`);
    const spans = stageSpans(recipe);
    const answering = listed.map(({ stepper }) => stepper.answerers().all);
    const ledgers = [memory.ledger, ...this.ask(run, recipe, spans, answering)];
    this.rehearse(shared, listed, recipe, spans, memory);
    // The last stage is still there when the students' answers are weighed.
    for (const list of answering) {
      const pass = list.forcedPass();
      this.weigh(memory);
      pass.memory.dispose();
    }
    this.largest = {
      buffer: Math.max(...ledgers.map(({ largestBuffer }) => largestBuffer)),
      binding: Math.max(...ledgers.map(({ largestBinding }) => largestBinding)),
    };
  }

  /**
   * Records who answers what: the teacher and the untouched student before the run, when nothing else is there, and the students on the way and after it.
   * @returns what the first two take
   */
  private ask(
    { exam, open, set }: ForeseenRun,
    recipe: Recipe,
    spans: readonly StageSpan[],
    answering: readonly WgslAnswerer[],
  ): Ledger[] {
    const { session } = this;
    const ledgers: Ledger[] = [];
    const before = (
      model: LoadedModel,
      asking: Asking,
      asked: readonly Example[],
      bounds: (typeof set.bounds)['student'],
    ) => {
      const own = new Memory(session.device.gpu, true);
      const weights = new Parameters(own, model.checkpoint.tensors, session.frozen);
      ledgers.push(own.ledger);
      return new WgslAnswerer(session, model, weights, asking, asked, bounds, own.child());
    };
    const asked = exam.questions;
    const teacher = before(session.teacher, teacherAsking(recipe), [...asked, ...open], set.bounds.teacher);
    const student = before(session.student, studentAsking(recipe), asked, set.bounds.student);
    const counts = exam.counts();
    const { everySteps } = recipe.evaluation;
    const looks = everySteps > 0 ? momentsIn(spans, everySteps, spans.slice(0, -1)) : 0;
    const batches = ({ batch }: WgslAnswerer, questions: number) => Math.ceil(questions / batch);
    this.asking.push(
      { answerer: teacher, batches: batches(teacher, counts.whole) + batches(teacher, open.length) },
      { answerer: student, batches: batches(student, counts.whole) },
      ...answering.map((list) => ({
        answerer: list,
        batches: looks * batches(list, counts.look) + batches(list, counts.whole),
      })),
    );
    this.compiled.push(teacher, student, ...answering);
    return ledgers;
  }

  /** Records the stages one after the other, with the looks into the Recalibrators, and weighs each. */
  private rehearse(
    shared: SharedRun,
    listed: ReturnType<typeof steppers>,
    recipe: Recipe,
    spans: readonly StageSpan[],
    memory: Memory,
  ): void {
    const all = listed.map(({ stepper }) => stepper);
    // Of several seeds the first one's; once before the first update, then at every look.
    const probed = listed.flatMap(({ stepper, students: own }) =>
      stepper.students.filter((_, i) => own[i]!.seed === 0),
    );
    const probing = spans.filter(({ key }) => key !== 'finetune');
    const looks = 1 + momentsIn(probing, recipe.evaluation.everySteps, probing);
    let seen = 0;
    for (const { key, from, to } of spans) {
      if (key === 'finetune') shared.forgetTeacher();
      const stages = all.map((stepper) => stepper.record(key));
      const work = (which: 'known' | 'fresh') =>
        totalWork([...stages.map((stage) => stage.work(which)), ...shared.teacherWork(which)]);
      const steps = to - from + 1;
      // Features are computed in the first epoch; the teacher's stay from stage 1 to stage 2.
      const epoch = Math.ceil(recipe.data.examples / recipe.data.batchSize);
      const firstEpoch = Math.max(0, Math.min(steps, epoch - seen));
      if (key !== 'finetune') seen += steps;
      this.stages.push({ steps, firstEpoch, known: work('known'), fresh: work('fresh') });
      this.compiled.push(...stages);
      if (this.probes.length === 0) {
        const found = probed.flatMap((student) => student.recordProbe() ?? []);
        this.compiled.push(...found);
        this.probes.push(...found.map((probe) => ({ probe, looks })));
      }
      this.weigh(memory);
    }
  }

  private weigh({ bytes, ledger }: Memory): void {
    if (bytes <= this.gpuBytes) return;
    this.gpuBytes = bytes;
    this.parts = memoryParts(ledger.bytes);
  }

  private get fits(): boolean {
    const { memoryBudget, device } = this.session;
    return this.gpuBytes <= memoryBudget && gives(device.gpu, this.largest);
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
    const probes = this.probes.map(({ probe, looks }) => looks * seconds(probe.work));
    const { gpuBytes, bounds, notes, fits } = this;
    const { frozen } = this.session;
    const all = [...answers, ...updates, ...probes].reduce((a, b) => a + b, 0);
    return { seconds: all, gpuBytes, fits, frozen, bounds, notes };
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

/** After how many updates of these stages something is done that is done every so many steps, and at the end of `ended` in any case; 0 = at the ends alone. */
function momentsIn(spans: readonly StageSpan[], everySteps: number, ended: readonly StageSpan[]): number {
  const onTheWay = everySteps > 0 ? Math.floor((spans.at(-1)?.to ?? 0) / everySteps) : 0;
  return onTheWay + ended.filter(({ to }) => everySteps === 0 || to % everySteps !== 0).length;
}
