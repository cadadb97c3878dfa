import * as tf from '@tensorflow/tfjs-core';
import { makeTokenBatch, type TokenBatch } from '../../data/batch.ts';
import type { Bounds } from '../../data/bounds.ts';
import type { Example } from '../../data/example.ts';
import type { Likelihood } from '../../evaluate/likelihood.ts';
import { examplePatches } from '../../data/preprocess.ts';
import { answerAll, likelihoodsOf } from '../../tfjs/answer.ts';
import { disposeInputs, modelInputs, type ModelInputs } from '../../tfjs/inputs.ts';
import { Vlm } from '../../tfjs/vlm.ts';
import { readWeights, uploadWeights } from '../../tfjs/weights.ts';
import type { VocabularyTables } from '../../objectives/shared/vocabulary-tables.ts';
import type { HostTensor, HostTensors } from '../../models/host-tensor.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../../session.ts';
import { AdamW } from '../adamw.ts';
import { AnswerInputs } from '../answer-inputs.ts';
import { initialLora, mergeLora } from '../lora.ts';
import { objectiveWeights, type ObjectiveWeights } from '../objective-weights.ts';
import type { LossTerms } from '../../method/losses.ts';
import type { StageKey } from '../../method/stages.ts';
import { ownTerm, type OwnTerm } from './own-term.ts';
import { GenRecalLosses, teacherFeatures, type Terms } from './genrecal-losses.ts';
import {
  disposeRecalibratorContext,
  initialRecalibrator,
  Recalibrator,
  recalibratorContext,
} from '../../tfjs/recalibrator.ts';
import type { Stepper, Trainee } from '../stepper.ts';
import type { StepNumbers, UpdateRequest } from '../update.ts';
import { TokenTable } from '../token-table.ts';
import { trainedNames } from '../../method/trained.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';
import type { TrainingSet } from '../training-set.ts';

/** The method in plain tfjs, one op after the other, automatic differentiation and all: what the WGSL engine is measured against. */
export class TfjsStepper implements Stepper, Trainee {
  readonly students = [this];
  private readonly teacherWeights: ReadonlyMap<string, tf.Tensor>;
  private readonly parts: {
    student: ReadonlyMap<string, tf.Variable>;
    adapters: ReadonlyMap<string, tf.Variable>;
    recalibrator: ReadonlyMap<string, tf.Variable>;
  };
  private readonly teacher: Vlm;
  private readonly vlm: Vlm;
  private objective: GenRecalLosses;
  private readonly optimiser: AdamW;
  private readonly own: ObjectiveWeights | undefined;
  private answers: AnswerInputs | undefined;
  /** Scalars of each update that still live on the GPU: the terms, then the gradient norm. */
  private pending: ({ keys: (keyof LossTerms)[]; packed: tf.Tensor1D; learningRate: number } | undefined)[] =
    [];

  constructor(
    private readonly session: TrainSession,
    private readonly set: TrainingSet,
    private recipe: Recipe,
    private readonly vocabulary: VocabularyTables = {},
    private readonly seed = 0,
  ) {
    const recalibrator = initialRecalibrator(session.student.config, session.teacher.config, recipe);
    this.teacherWeights = uploadWeights(session.teacher.checkpoint.tensors);
    this.parts = {
      student: variables(session.student.checkpoint.tensors),
      adapters: variables(initialLora(session.student.config, recipe)),
      recalibrator: variables(recalibrator),
    };
    this.teacher = new Vlm(session.teacher.config, this.teacherWeights);
    const { student, adapters } = this.parts;
    this.vlm = new Vlm(session.student.config, new Map([...student, ...adapters]), recipe.student.lora);
    this.objective = this.makeObjective();
    this.optimiser = new AdamW(recipe.optimiser);
    for (const [name, weight] of this.trained()) this.optimiser.add(name, weight);
    this.own = objectiveWeights(session, recipe);
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  change([recipe]: readonly Recipe[]): Promise<void> {
    this.recipe = recipe!;
    this.objective = this.makeObjective();
    this.optimiser.options = this.recipe.optimiser;
    this.own?.follow(this.recipe);
    return Promise.resolve();
  }

  update({ stage, examples, learningRate: rateOf, count }: UpdateRequest): void {
    const names = trainedNames(stage, this.recipe, {
      ...trainableWeights(this.session.student.config, this.parts.student.keys(), this.recipe.student.lora),
      recalibrator: [...this.parts.recalibrator.keys()],
    });
    if (names.length === 0) {
      this.pending.push(undefined);
      return;
    }
    if (count === 1) this.optimiser.reset(names);
    const { terms, gradients, own } = this.gradients(stage, examples[this.seed]!, names);
    if (own.length > 0) this.own!.update(own, count);
    const learningRate = rateOf(this.recipe);
    const norm = this.optimiser.apply(gradients, learningRate, count);
    const keys = Object.keys(terms) as (keyof LossTerms)[];
    const packed = tf.stack([...keys.map((key) => terms[key]!), norm]) as tf.Tensor1D;
    this.pending.push({ keys, packed, learningRate });
    tf.dispose([...gradients.values(), ...own, ...Object.values(terms), norm]);
  }

  async numbers(): Promise<(StepNumbers | undefined)[][]> {
    return [await this.read()];
  }

  private async read(): Promise<(StepNumbers | undefined)[]> {
    const pending = this.pending;
    this.pending = [];
    const packed = pending.flatMap((update) => update?.packed ?? []);
    if (packed.length === 0) return pending.map(() => undefined);
    const all = tf.concat(packed);
    const values = await all.data<'float32'>();
    tf.dispose([all, ...packed]);
    let at = 0;
    return pending.map((update) => {
      if (update === undefined) return undefined;
      const losses: LossTerms = { total: Number.NaN };
      for (const key of update.keys) losses[key] = values[at++]!;
      return { losses, gradientNorm: values[at++]!, learningRate: update.learningRate };
    });
  }

  answer(examples: readonly Example[]): Promise<string[]> {
    return answerAll(this.vlm, this.session.student, examples, this.session.data);
  }

  likelihoods(examples: readonly Example[]): Promise<Likelihood[]> {
    return likelihoodsOf(this.vlm, this.session.student, examples, this.session.data);
  }

  probe(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  heads(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async state(): Promise<Map<string, Float32Array>> {
    const variables = this.stateVariables();
    const values = await Promise.all(variables.map(({ variable: v }) => v.data<'float32'>()));
    return new Map(variables.map(({ name }, i) => [name, values[i]!]));
  }

  stateSizes(): Map<string, number> {
    return new Map(this.stateVariables().map(({ name, variable: v }) => [name, v.size]));
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    tf.tidy(() => {
      for (const { name, variable: v } of this.stateVariables())
        v.assign(tf.tensor(state.get(name)!, v.shape));
    });
  }

  async studentWeights(): Promise<HostTensors> {
    const student = await readWeights(this.parts.student);
    const { lora } = this.recipe.student;
    return lora === undefined ? student : mergeLora(student, await readWeights(this.parts.adapters), lora);
  }

  async adapters(): Promise<HostTensors | undefined> {
    return this.recipe.student.lora && readWeights(this.parts.adapters);
  }

  dispose(): void {
    this.optimiser.dispose();
    this.own?.dispose();
    tf.dispose([
      ...this.teacherWeights.values(),
      ...Object.values(this.parts).flatMap((part) => [...part.values()]),
      ...this.pending.flatMap((update) => update?.packed ?? []),
    ]);
    this.pending = [];
  }

  private gradients(
    stage: StageKey,
    indices: readonly number[],
    names: readonly string[],
  ): { terms: Terms; gradients: Map<string, tf.Tensor>; own: tf.Tensor[] } {
    const { session, recipe } = this;
    const examples = this.examples(indices);
    const studentInputs = this.inputs(session.student, examples, this.set.bounds.student);
    const all = this.trained();
    const besides = stage === 'distil' && this.own !== undefined ? [...this.own.weights.values()] : [];
    const variables = [...names.map((name) => all.get(name)!), ...besides];
    let terms: Terms = {};
    const differentiate = (loss: () => Terms) =>
      tf.variableGrads(() => {
        terms = loss();
        for (const term of Object.values(terms)) tf.keep(term);
        return terms.total!;
      }, variables);
    let result: ReturnType<typeof tf.variableGrads>;
    if (stage === 'finetune' || recipe.objective !== 'genrecal') {
      const distillation = this.distillation(stage, indices);
      result = differentiate(() => this.objective.withoutRecalibrator(stage, studentInputs, distillation));
    } else {
      const teacherInputs = this.inputs(session.teacher, examples, this.set.bounds.teacher);
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
    const own = besides.map((variable) => result.grads[variable.name]!);
    return { terms, gradients, own };
  }

  /** The objective's own term, where the recipe has one in this stage. */
  private distillation(stage: StageKey, indices: readonly number[]): OwnTerm | undefined {
    const { recipe, vlm, teacher, own } = this;
    if (stage !== 'distil') return undefined;
    return ownTerm(recipe.objective, { student: vlm, teacher }, own, () => ({
      indices,
      answers: this.answerInputs(),
      teacher: this.inputs(this.session.teacher, this.examples(indices), this.set.bounds.teacher),
    }));
  }

  private makeObjective(): GenRecalLosses {
    const { recipe, parts, session } = this;
    return new GenRecalLosses(
      recipe,
      this.vlm,
      this.teacher,
      parts.recalibrator.size > 0
        ? new Recalibrator(session.student.config, recipe.recalibrator, parts.recalibrator)
        : undefined,
    );
  }

  private answerInputs(): AnswerInputs {
    const { session, set, vocabulary } = this;
    const own = set.forArm(this.recipe);
    const table = (who: 'teacher' | 'student') => new TokenTable(session[who], own.examples, set.bounds[who]);
    this.answers ??= new AnswerInputs(
      session,
      { teacher: table('teacher'), student: table('student') },
      own,
      vocabulary,
    );
    return this.answers;
  }

  private examples(indices: readonly number[]): Example[] {
    const { examples, count } = this.set.forArm(this.recipe);
    return indices.map((i) => examples[i % count]!);
  }

  private inputs(model: LoadedModel, examples: readonly Example[], bounds: Bounds): ModelInputs {
    const tokens: TokenBatch = makeTokenBatch(model.tokenizer, examples, bounds);
    return modelInputs(model.config, tokens, examplePatches(model, this.session.data, examples));
  }

  private trained(): Map<string, tf.Variable> {
    const { student, adapters, recalibrator } = this.parts;
    return new Map([...(this.recipe.student.lora === undefined ? student : adapters), ...recalibrator]);
  }

  private stateVariables(): { name: string; variable: tf.Variable }[] {
    return [
      ...[...this.trained()].map(([name, weight]) => ({ name, variable: weight })),
      ...this.optimiser.moments(),
      ...(this.own?.state() ?? []),
    ];
  }
}

function variables(host: HostTensors): Map<string, tf.Variable> {
  const make = ({ data, shape }: HostTensor) => tf.tidy(() => tf.variable(tf.tensor(data, shape)));
  return new Map([...host].map(([name, tensor]) => [name, make(tensor)]));
}
