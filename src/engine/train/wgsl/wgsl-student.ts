import type { Example } from '../../data/example.ts';
import type { Answerer } from '../../evaluate/answerer.ts';
import type { Likelihood } from '../../evaluate/likelihood.ts';
import { loraShapes } from '../../models/families/lora-shapes.ts';
import type { HostTensors } from '../../models/host-tensor.ts';
import type { Lora } from '../../recipe/recipe.ts';
import type { Parameters } from '../../wgsl/core/parameters.ts';
import type { Value } from '../../wgsl/core/tape.ts';
import { mergeLora } from '../lora.ts';
import type { ObjectiveWeights } from '../objective-weights.ts';
import type { ProbeReport } from '../probe-report.ts';
import type { HeadLogits, Trainee } from '../stepper.ts';
import type { StudentContext } from './arm-context.ts';
import { headLogits } from './head-logits.ts';
import { Probe } from './probe.ts';

const buffers = [
  ['weights', ''],
  ['first', '#first'],
  ['second', '#second'],
] as const;

/** One student of a list: how it answers, what a look inside finds, and its state. */
export class WgslStudent implements Trainee {
  private probing: Probe | undefined;

  /**
   * @param place which of the students of `trained` this is.
   * @param moment what its list is at that moment: who answers for it, whether there is a Recalibrator, and what the latest update made by it.
   */
  constructor(
    private readonly context: StudentContext,
    private readonly trained: Parameters,
    private readonly place: number,
    private readonly own: ObjectiveWeights | undefined,
    private readonly moment: {
      answerer(): Answerer;
      isProbed(): boolean;
      recalibrated(): Value | undefined;
    },
  ) {}

  answer(examples: readonly Example[]): Promise<string[]> {
    return this.moment.answerer().answer(examples);
  }

  likelihoods(examples: readonly Example[]): Promise<Likelihood[]> {
    return this.moment.answerer().likelihoods(examples);
  }

  /** Looks into the Recalibrator on questions that are not trained on; undefined where the student has none, or has dropped it. */
  async probe(): Promise<ProbeReport | undefined> {
    return this.recordProbe()?.measure();
  }

  /** What `probe` measures by: recorded once, without being compiled. */
  recordProbe(): Probe | undefined {
    if (!this.moment.isProbed()) return undefined;
    return (this.probing ??= new Probe(this.context));
  }

  async heads(): Promise<HeadLogits | undefined> {
    const recalibrated = this.moment.recalibrated();
    return recalibrated && headLogits(this.context, recalibrated, this.place);
  }

  /** Gives the probe back: it is recorded for a recipe, and for as long as there is a Recalibrator. */
  forgetProbe(): void {
    this.probing?.dispose();
    this.probing = undefined;
  }

  async state(): Promise<Map<string, Float32Array>> {
    const { trained, place, own } = this;
    const state = new Map<string, Float32Array>();
    for (const [which, suffix] of buffers)
      for (const [name, values] of await trained.read(which, place)) state.set(name + suffix, values);
    for (const { name, variable } of own?.state() ?? []) state.set(name, await variable.data<'float32'>());
    return state;
  }

  stateSizes(): Map<string, number> {
    const { trained, own } = this;
    return new Map([
      ...[...trained.sizes()].flatMap(([name, length]) =>
        buffers.map(([, suffix]) => [name + suffix, length] as const),
      ),
      ...(own?.stateSizes() ?? []),
    ]);
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    const { trained, place, own } = this;
    for (const [which, suffix] of buffers)
      trained.write(
        which,
        place,
        new Map([...trained.sizes().keys()].map((name) => [name, state.get(name + suffix)!])),
      );
    own?.restore(state);
  }

  async studentWeights(): Promise<HostTensors> {
    const { trained, place, context } = this;
    const values = await trained.read('weights', place);
    const { checkpoint } = context.shared.session.student;
    const { lora } = context.recipe.student;
    if (lora !== undefined) return mergeLora(checkpoint.tensors, this.adaptersAmong(values, lora), lora);
    return new Map(
      [...checkpoint.tensors].map(([name, { shape, data }]) => [
        name,
        { shape: [...shape], data: values.get(name) ?? data },
      ]),
    );
  }

  async adapters(): Promise<HostTensors | undefined> {
    const { lora } = this.context.recipe.student;
    return lora && this.adaptersAmong(await this.trained.read('weights', this.place), lora);
  }

  private adaptersAmong(values: ReadonlyMap<string, Float32Array>, lora: Lora): HostTensors {
    const shapes = loraShapes(this.context.student.config, lora);
    return new Map(shapes.map(([name, shape]) => [name, { shape: [...shape], data: values.get(name)! }]));
  }

  dispose(): void {
    this.forgetProbe();
    this.own?.dispose();
  }
}
