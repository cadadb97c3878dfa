import type { Example } from '../../data/example.ts';
import { WgslAnswerer } from '../../evaluate/answerer.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import { hyperWords, metricWords } from '../../wgsl/ops/optimiser.ts';
import { Parameters } from '../../wgsl/core/parameters.ts';
import { WgslVlm } from '../../wgsl/vlm.ts';
import type { HostTensors } from '../../models/host-tensor.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { ArmContext } from './arm-context.ts';
import { objectiveWeights } from '../objective-weights.ts';
import type { StageKey } from '../../method/stages.ts';
import { WgslStage } from './wgsl-stage.ts';
import { lossWeights, type LossKey, type LossTerms } from '../../method/losses.ts';
import type { ProbeReport } from '../probe-report.ts';
import { Probe } from './probe.ts';
import { initialRecalibrator } from '../../tfjs/recalibrator.ts';
import type { SharedRun } from './shared-run.ts';
import type { Stepper } from '../stepper.ts';
import type { StepNumbers, UpdateRequest } from '../update.ts';
import { trainedNames } from '../../method/trained.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';

/** Steps whose numbers fit the metrics buffer between two readbacks. */
const metricSlots = 1024;

/**
 * One arm on fixed dispatch lists: every stage's update is recorded once over persistent buffers and replayed as a single compute pass, with
 * one upload (the batch's ids) and 16 bytes of numbers a step.
 */
export class WgslStepper implements Stepper {
  private readonly memory: Memory;
  private readonly context: ArmContext;
  private stage: WgslStage | undefined;
  /** Made when the student is first asked. */
  private answerer: WgslAnswerer | undefined;
  private probing: Probe | undefined;
  /** Stage and terms of every update whose numbers are still on the GPU. */
  private readonly pending: { stage: StageKey; terms: LossKey[] }[] = [];

  constructor(
    private readonly shared: SharedRun,
    private recipe: Recipe,
  ) {
    const { session } = shared;
    const { student } = session;
    const memory = shared.memory.sibling();
    this.memory = memory;
    const recalibrator = initialRecalibrator(student.config, session.teacher.config, recipe);
    // Recalibrator, student, its encoder: whatever a stage trains is one range. Weights that no pass reads go first.
    const all = trainedNames('distil', everythingTrained(recipe), {
      ...trainableWeights(student.config, student.checkpoint.tensors.keys()),
      recalibrator: [...recalibrator.keys()],
    });
    const place = new Map(all.map((name, i) => [name, i]));
    const host = [...recalibrator, ...student.checkpoint.tensors].sort(
      ([a], [b]) => (place.get(a) ?? -1) - (place.get(b) ?? -1),
    );
    const trained = new Parameters(memory, new Map(host), true);
    this.context = {
      shared,
      source: shared.source(recipe),
      recipe,
      student: new WgslVlm(student.config, trained),
      trained,
      own: objectiveWeights(session, recipe),
      hyper: memory.allocate(hyperWords, 'hyper'),
      metrics: memory.allocate(metricSlots * metricWords, 'metrics'),
    };
  }

  async prepare(stage: StageKey): Promise<void> {
    if (this.stage?.key !== stage) await this.record(stage).compile();
  }

  async change(recipe: Recipe): Promise<void> {
    this.recipe = recipe;
    this.context.recipe = recipe;
    this.context.own?.follow(recipe);
    this.probing?.dispose();
    this.probing = undefined;
    // Loss weights are constants of the kernels; weights, moments and the teacher's features stay.
    if (this.stage !== undefined) await this.record(this.stage.key).compile();
  }

  /** Records a stage in place of the one before, without compiling it. */
  record(stage: StageKey): WgslStage {
    this.stage?.dispose();
    if (stage === 'finetune') {
      this.probing?.dispose();
      this.probing = undefined;
    }
    this.stage = new WgslStage(this.context, stage);
    return this.stage;
  }

  update(request: UpdateRequest): void {
    const { stage, context } = this;
    const { count, learningRate } = request;
    if (stage?.key !== request.stage) throw new Error(`stage “${request.stage}” is not prepared`);
    if (this.pending.length === metricSlots) throw new Error('read the numbers more often');
    const terms = stage.terms;
    if (terms.length > 0) {
      const { beta1, beta2 } = this.recipe.optimiser;
      this.memory.upload(
        context.hyper,
        Float32Array.of(
          learningRate,
          1 / (1 - beta1 ** count),
          1 / Math.sqrt(1 - beta2 ** count),
          this.pending.length,
        ),
      );
      stage.run(request);
    }
    this.pending.push({ stage: stage.key, terms });
  }

  async numbers(): Promise<(StepNumbers | undefined)[]> {
    const pending = this.pending.splice(0);
    if (!pending.some(({ terms }) => terms.length > 0)) return pending.map(() => undefined);
    const values = await this.memory.read(this.context.metrics, pending.length * metricWords);
    return pending.map(({ stage, terms }, i) => {
      if (terms.length === 0) return undefined;
      const weights = lossWeights(stage, this.recipe);
      const losses: LossTerms = { total: 0 };
      terms.forEach((term, t) => {
        const value = values[i * metricWords + t]!;
        losses[term] = value;
        losses.total += weights[term]! * value;
      });
      return { losses, gradientNorm: values[i * metricWords + metricWords - 1]! };
    });
  }

  answer(examples: readonly Example[]): Promise<string[]> {
    return this.asked().answer(examples);
  }

  perplexity(examples: readonly Example[]): Promise<number> {
    return this.asked().perplexity(examples);
  }

  private asked(): WgslAnswerer {
    const { session, set, batchSize } = this.shared;
    const { trained } = this.context;
    this.answerer ??= new WgslAnswerer(session, session.student, trained, batchSize, set.bounds.student);
    return this.answerer;
  }

  /** Looks into the Recalibrator on questions that are not trained on; undefined where the arm has none, or has dropped it. */
  async probe(examples: readonly Example[]): Promise<ProbeReport | undefined> {
    if (this.recipe.objective !== 'genrecal' || this.stage?.key === 'finetune') return undefined;
    this.probing ??= new Probe(this.context, examples);
    return this.probing.measure();
  }

  async state(): Promise<Map<string, Float32Array>> {
    const { trained } = this.context;
    const state = new Map<string, Float32Array>();
    for (const [which, suffix] of buffers) {
      const all = trained.split(await trained.read(which));
      for (const [name, values] of all) state.set(name + suffix, values);
    }
    for (const { name, variable } of this.context.own?.state() ?? [])
      state.set(name, await variable.data<'float32'>());
    return state;
  }

  stateSizes(): Map<string, number> {
    const { trained, own } = this.context;
    return new Map([
      ...trained
        .views()
        .flatMap(({ name, view }) => buffers.map(([, suffix]) => [name + suffix, view.length] as const)),
      ...(own?.stateSizes() ?? []),
    ]);
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    const { trained } = this.context;
    for (const [which, suffix] of buffers) {
      const values = new Map(trained.views().map(({ name }) => [name, state.get(name + suffix)!]));
      this.memory.upload(trained[which]!, trained.join(values));
    }
    this.context.own?.restore(state);
  }

  async studentWeights(): Promise<HostTensors> {
    const { trained } = this.context;
    const values = trained.split(await trained.read('weights'));
    return new Map(
      [...this.shared.session.student.checkpoint.tensors].map(([name, { shape }]) => [
        name,
        { shape: [...shape], data: values.get(name)! },
      ]),
    );
  }

  gpuBytes(): number {
    return (
      this.memory.bytes +
      (this.stage?.gpuBytes() ?? 0) +
      (this.answerer?.gpuBytes() ?? 0) +
      (this.probing?.gpuBytes() ?? 0)
    );
  }

  /** Batches that the teacher's pass has run on so far. */
  get teacherPasses(): number {
    return this.context.source.teacherPasses;
  }

  dispose(): void {
    this.answerer?.dispose();
    this.probing?.dispose();
    this.stage?.dispose();
    this.context.own?.dispose();
    this.memory.dispose();
  }
}

const buffers = [
  ['weights', ''],
  ['first', '#first'],
  ['second', '#second'],
] as const;

/** The recipe with every part that any stage may train switched on: what the weights are laid out for. */
function everythingTrained(recipe: Recipe): Recipe {
  return {
    ...recipe,
    objective: 'genrecal',
    student: { visionEncoder: 'trained' },
    recalibrator: { ...recipe.recalibrator, inDistil: 'trained' },
  };
}
