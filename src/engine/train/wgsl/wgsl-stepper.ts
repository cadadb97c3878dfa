import { part, type Memory } from '../../wgsl/core/memory.ts';
import { Turns } from '../../wgsl/core/turns.ts';
import { byStudent, ofStudent, type View } from '../../wgsl/core/view.ts';
import { WgslAnswerer } from '../../evaluate/answerer.ts';
import { ListAnswerer } from '../../evaluate/list-answerer.ts';
import { studentAsking } from '../asking.ts';
import { hyperNumbers, hyperWords, metricWords } from '../../wgsl/ops/optimiser.ts';
import { layered, Parameters } from '../../wgsl/core/parameters.ts';
import { WgslVlm } from '../../wgsl/vlm.ts';
import type { HostTensors } from '../../models/host-tensor.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { ArmContext } from './arm-context.ts';
import { ListBatches } from './batches/list-batches.ts';
import { seeded, type Member } from './lists.ts';
import { initialLora } from '../lora.ts';
import { objectiveWeights } from '../objective-weights.ts';
import type { StageKey } from '../../method/stages.ts';
import { WgslStage } from './wgsl-stage.ts';
import { WgslStudent } from './wgsl-student.ts';
import { lossWeights, type LossKey, type LossTerms } from '../../method/losses.ts';
import { initialRecalibrator } from '../../tfjs/recalibrator.ts';
import type { SharedRun } from './shared-run.ts';
import type { Stepper } from '../stepper.ts';
import type { StepNumbers, UpdateRequest } from '../update.ts';
import { trainedNames } from '../../method/trained.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';

/** Steps whose numbers fit the metrics buffer between two readbacks. */
const metricSlots = 1024;

/**
 * A list of students on fixed dispatch lists: every stage's update is recorded once over persistent buffers, for all of them together, and
 * replayed as a single compute pass, with one upload (the batches' ids) and 16 bytes of numbers a step. Every student's numbers are those it
 * has alone.
 */
export class WgslStepper implements Stepper {
  readonly students: readonly WgslStudent[];
  private readonly memory: Memory;
  private readonly context: ArmContext;
  /** Of the students, in their order. */
  private recipes: readonly Recipe[];
  /** Every student's numbers of the optimiser, side by side: one upload. */
  private readonly hyper: View;
  private stage: WgslStage | undefined;
  /** Made when a student is first asked. */
  private answering: { all: WgslAnswerer; each: ListAnswerer } | undefined;
  /** Scratch of the stages. */
  private readonly turns: Turns;
  private recordings = 0;
  /** Stage, terms and rates by student of every update whose numbers are still on the GPU. */
  private readonly pending: { stage: StageKey; terms: LossKey[]; rates: number[] }[] = [];

  /**
   * @param members students that one list can train (`lists`).
   * @param leader a list of the same kind and no fewer students, whose scratch this one uses in turn: it goes through the same stages, and has the last
   * turn of every update, so that it can be looked into (`heads`).
   */
  constructor(
    shared: SharedRun,
    members: readonly Member[],
    private readonly leader?: WgslStepper,
  ) {
    const { session } = shared;
    const { student } = session;
    const memory = shared.memory.child(members.length);
    this.memory = memory;
    this.turns = leader?.turns ?? new Turns(memory);
    this.recipes = members.map((member) => member.recipe);
    const recipe = this.recipes[0]!;
    const { lora } = recipe.student;
    const recalibrators = members.map((member) =>
      initialRecalibrator(student.config, session.teacher.config, seeded(member)),
    );
    const begins = recalibrators.map(
      (recalibrator, place) =>
        new Map([...recalibrator, ...initialLora(student.config, seeded(members[place]!))]),
    );
    // Recalibrator, student or adapters, its encoder: whatever a stage trains is one range.
    const host = new Map([...begins[0]!, ...student.checkpoint.tensors]);
    const names = trainedNames('distil', everythingTrained(recipe), {
      ...trainableWeights(student.config, student.checkpoint.tensors.keys(), lora),
      recalibrator: [...recalibrators[0]!.keys()],
    });
    const trained = new Parameters(
      memory,
      new Map(names.map((name) => [name, host.get(name)!])),
      'trained',
      'trained weights',
    );
    begins.forEach((own, place) => {
      if (place > 0) trained.write('weights', place, dataOf(names, own, host));
    });
    const own = objectiveWeights(session, seeded(members[0]!));
    const places = members.map((member) => ({ source: shared.source(member.recipe), seed: member.seed }));
    const rest = lora === undefined ? shared.untrained : shared.frozen;
    const weights = layered(trained, rest, lora);
    this.hyper = memory.allocateOnce(members.length * hyperWords, 'hyper');
    this.context = {
      shared,
      batches: new ListBatches(shared, places),
      recipe,
      student: new WgslVlm(student.config, weights),
      weights,
      trained,
      own,
      seed: members[0]!.seed,
      hyper: byStudent(members.map((_, place) => part(this.hyper, place * hyperWords, hyperWords))),
      metrics: memory.allocate(metricSlots * metricWords, 'metrics'),
    };
    this.students = members.map((_, place) => {
      const ofStudent = layered(trained.ofStudent(place), rest, lora);
      const { context } = this;
      const alone = {
        shared,
        batches: context.batches,
        get recipe() {
          return context.recipe;
        },
        student: new WgslVlm(student.config, ofStudent),
        weights: ofStudent,
      };
      const isProbed = () => context.recipe.objective === 'genrecal' && this.stage?.key !== 'finetune';
      const recalibrated = () => this.stage?.recalibrated;
      const answerer = () => this.answerers().each.student(place);
      return new WgslStudent(alone, trained, place, own, { answerer, isProbed, recalibrated });
    });
  }

  async prepare(stage: StageKey): Promise<void> {
    if (this.stage?.key !== stage) await this.record(stage).compile();
  }

  async change(recipes: readonly Recipe[]): Promise<void> {
    this.recipes = recipes;
    const recipe = recipes[0]!;
    this.context.recipe = recipe;
    this.context.own?.follow(seeded({ recipe, seed: this.context.seed }));
    for (const student of this.students) student.forgetProbe();
    // Loss weights are constants of the kernels; weights, moments and the teacher's features stay.
    if (this.stage !== undefined) await this.record(this.stage.key).compile();
  }

  /** Records a stage in place of the one before, without compiling it. */
  record(stage: StageKey): WgslStage {
    this.stage?.dispose();
    if (stage === 'finetune') for (const student of this.students) student.forgetProbe();
    const scratch = this.turns.take(++this.recordings, this.students.length);
    this.stage = new WgslStage(this.context, stage, this.memory.child(), scratch);
    return this.stage;
  }

  update(request: UpdateRequest): void {
    const { stage, recipes } = this;
    if (stage?.key !== request.stage) throw new Error(`stage “${request.stage}” is not prepared`);
    if (this.pending.length === metricSlots) throw new Error('read the numbers more often');
    const terms = stage.terms;
    const rates = recipes.map((recipe) => request.learningRate(recipe));
    if (terms.length > 0) {
      const step = { count: request.count, slot: this.pending.length };
      const numbers = recipes.flatMap(({ optimiser }, i) =>
        hyperNumbers(optimiser, { ...step, learningRate: rates[i]! }),
      );
      this.memory.upload(this.hyper, Float32Array.from(numbers));
      stage.run(request);
    }
    this.pending.push({ stage: stage.key, terms, rates });
  }

  async numbers(): Promise<(StepNumbers | undefined)[][]> {
    const pending = this.pending.splice(0);
    if (!pending.some(({ terms }) => terms.length > 0))
      return this.students.map(() => pending.map(() => undefined));
    const { metrics, recipe } = this.context;
    const length = pending.length * metricWords;
    const values = await this.memory.readAll(
      this.students.map((_, place) => part(ofStudent(metrics, place), 0, length)),
    );
    return values.map((own, place) =>
      pending.map(({ stage, terms, rates }, i) => {
        if (terms.length === 0) return undefined;
        const weights = lossWeights(stage, recipe);
        const losses: LossTerms = { total: 0 };
        terms.forEach((term, t) => {
          const value = own[i * metricWords + t]!;
          losses[term] = value;
          losses.total += weights[term]! * value;
        });
        const gradientNorm = own[i * metricWords + metricWords - 1]!;
        return { losses, gradientNorm, learningRate: rates[place]! };
      }),
    );
  }

  /** The students as they answer, all of them together and each. */
  answerers(): { all: WgslAnswerer; each: ListAnswerer } {
    if (this.answering === undefined) {
      const { shared, recipe, weights } = this.context;
      const { session, set } = shared;
      const { student } = set.bounds;
      const asking = studentAsking(recipe);
      const all = new WgslAnswerer(
        session,
        session.student,
        weights,
        asking,
        set.asked,
        student,
        this.memory.child(),
        this.leader?.answerers().all,
      );
      this.answering = { all, each: new ListAnswerer(all, shared.answering) };
    }
    return this.answering;
  }

  /** All that the list has of its own, bytes. */
  get bytes(): number {
    return this.memory.bytes;
  }

  /** What updates and answers need beside what is kept from one to the next, bytes; nothing where it is another list's. */
  get scratchBytes(): number {
    const ofUpdates = this.leader === undefined ? this.turns.bytes : 0;
    return ofUpdates + (this.answering?.all.scratchBytes ?? 0);
  }

  /** Steps in which the teacher's pass has run so far. */
  get teacherPasses(): number {
    return this.context.batches.teacherPasses;
  }

  dispose(): void {
    for (const student of this.students) student.dispose();
    this.stage?.dispose();
    this.memory.dispose();
  }
}

/** The recipe with every part that any of its stages may train switched on: what the weights are laid out for. */
function everythingTrained(recipe: Recipe): Recipe {
  return {
    ...recipe,
    objective: 'genrecal',
    recalibrator: { ...recipe.recalibrator, inDistil: 'trained' },
  };
}

/** The named weights of a student that begins with a Recalibrator and adapters of its own. */
function dataOf(names: readonly string[], own: HostTensors, host: HostTensors): Map<string, Float32Array> {
  return new Map(names.map((name) => [name, (own.get(name) ?? host.get(name))!.data]));
}
