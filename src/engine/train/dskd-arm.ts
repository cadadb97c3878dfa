import * as tf from '@tensorflow/tfjs-core';
import { dskdProjectors, dskdShapes } from '../method/dskd-shapes.ts';
import type { VlmConfig } from '../models/config.ts';
import { dskd, dskdLoss, type DskdProjectors, type DskdSide } from '../objectives/dskd.ts';
import { defaultObjectiveOptions } from '../objectives/objective.ts';
import { Random } from '../random.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { AdamW } from './adamw.ts';

/**
 * DSKD of one arm: its projectors, drawn from the recipe's seed and trained beside the student by an AdamW of their own at DSKD's learning
 * rate, with the recipe's other settings.
 */
export class DskdArm {
  private made: { weights: Map<string, tf.Variable>; optimiser: AdamW } | undefined;

  constructor(
    private readonly student: VlmConfig,
    private readonly teacher: VlmConfig,
    private recipe: Recipe,
  ) {}

  /** By name; made when they are first needed, so that a rehearsal costs nothing. */
  get weights(): ReadonlyMap<string, tf.Variable> {
    return this.make().weights;
  }

  /** The whole loss of a batch, nats; projectors in the order of `weights`, as a gradient is asked for. */
  loss(sides: Record<'student' | 'teacher', DskdSide>, projectors: readonly tf.Tensor[]): tf.Scalar {
    const named = Object.fromEntries(
      dskdProjectors.map((part, i) => [part, { weight: projectors[2 * i], bias: projectors[2 * i + 1] }]),
    ) as unknown as DskdProjectors;
    return dskdLoss(sides, named, defaultObjectiveOptions.dskd).total;
  }

  /** One update from gradients in the order of `weights`. `count` is 1 at the first update of a stage. */
  update(gradients: readonly tf.Tensor[], count: number): void {
    const { weights, optimiser } = this.make();
    const names = [...weights.keys()];
    if (count === 1) optimiser.reset(names);
    const named = new Map(names.map((name, i) => [name, gradients[i]!]));
    optimiser.apply(named, dskd.projectorLearningRate, count).dispose();
  }

  /** Everything that an update changes. */
  state(): { name: string; variable: tf.Variable }[] {
    const { weights, optimiser } = this.make();
    return [...[...weights].map(([name, variable]) => ({ name, variable })), ...optimiser.moments()];
  }

  /** Names and lengths of `state`. */
  stateSizes(): [string, number][] {
    return dskdShapes(this.student, this.teacher).flatMap(({ name, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return ['', '#first', '#second'].map((suffix): [string, number] => [name + suffix, length]);
    });
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    tf.tidy(() => {
      for (const { name, variable } of this.state())
        variable.assign(tf.tensor(state.get(name)!, variable.shape));
    });
  }

  /** Takes over a recipe that differs in live fields only. */
  follow(recipe: Recipe): void {
    this.recipe = recipe;
    if (this.made !== undefined) this.made.optimiser.options = recipe.optimiser;
  }

  dispose(): void {
    this.made?.optimiser.dispose();
    tf.dispose([...(this.made?.weights.values() ?? [])]);
    this.made = undefined;
  }

  private make() {
    if (this.made !== undefined) return this.made;
    const random = new Random(this.recipe.seed);
    const optimiser = new AdamW(this.recipe.optimiser);
    const weights = new Map(
      dskdShapes(this.student, this.teacher).map(({ name, shape }) => {
        const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
        // Biases start at 0.
        if (shape.length === 2)
          for (let i = 0; i < data.length; i++) data[i] = random.normal() * shape[1]! ** -0.5;
        return [name, tf.tidy(() => tf.variable(tf.tensor(data, shape)))] as const;
      }),
    );
    for (const [name, weight] of weights) optimiser.add(name, weight);
    this.made = { weights, optimiser };
    return this.made;
  }
}
