import * as tf from '@tensorflow/tfjs-core';
import type { OwnWeights } from '../objectives/shared/objective.ts';
import { objectiveLosses } from '../objectives/registry.ts';
import { Random } from '../random.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import { AdamW } from './adamw.ts';

type Shapes = ReturnType<OwnWeights['shapes']>;

/** What the recipe's objective trains beside the student; undefined where it trains nothing. */
export function objectiveWeights(
  { student, teacher }: Pick<TrainSession, 'student' | 'teacher'>,
  recipe: Recipe,
): ObjectiveWeights | undefined {
  const own = objectiveLosses[recipe.objective]?.weights;
  return own && new ObjectiveWeights(own, own.shapes(student.config, teacher.config), recipe);
}

/**
 * An objective's own weights in one arm, drawn from the recipe's seed and trained beside the student by an AdamW of their own at the
 * objective's learning rate, with the recipe's other settings.
 */
export class ObjectiveWeights {
  private made: { weights: Map<string, tf.Variable>; optimiser: AdamW } | undefined;

  constructor(
    private readonly own: OwnWeights,
    private readonly shapes: Shapes,
    private recipe: Recipe,
  ) {}

  /** By name; made when they are first needed, so that a rehearsal costs nothing. */
  get weights(): ReadonlyMap<string, tf.Variable> {
    return this.make().weights;
  }

  /** Tensors in the order of `weights` by their names, as a loss reads them. */
  named(tensors: readonly tf.Tensor[]): Map<string, tf.Tensor> {
    return new Map(this.shapes.map(({ name }, i) => [name, tensors[i]!]));
  }

  /** One update from gradients in the order of `weights`. `count` is 1 at the first update of a stage. */
  update(gradients: readonly tf.Tensor[], count: number): void {
    const { weights, optimiser } = this.make();
    if (count === 1) optimiser.reset([...weights.keys()]);
    optimiser.apply(this.named(gradients), this.own.learningRate, count).dispose();
  }

  /** Everything that an update changes. */
  state(): { name: string; variable: tf.Variable }[] {
    const { weights, optimiser } = this.make();
    return [...[...weights].map(([name, variable]) => ({ name, variable })), ...optimiser.moments()];
  }

  /** Names and lengths of `state`. */
  stateSizes(): [string, number][] {
    return this.shapes.flatMap(({ name, shape }) => {
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
      this.shapes.map(({ name, shape }) => {
        const values = this.own.draw(shape, random);
        return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))] as const;
      }),
    );
    for (const [name, weight] of weights) optimiser.add(name, weight);
    this.made = { weights, optimiser };
    return this.made;
  }
}
