import * as tf from '@tensorflow/tfjs-core';
import type { Recipe } from '../recipe/recipe.ts';

/** Moments of one trained weight. */
interface Slot {
  weight: tf.Variable;
  first: tf.Variable;
  second: tf.Variable;
  /** Decoupled decay applies to matrices, not to norms and biases. */
  decays: boolean;
}

/**
 * AdamW (Loshchilov & Hutter 2019) with global-norm clipping. Moments belong to weights by name and live as long as the
 * optimiser; each stage updates its own subset and counts its own steps for bias correction.
 */
export class AdamW {
  private readonly slots = new Map<string, Slot>();

  constructor(public options: Recipe['optimiser']) {}

  /** Registers a weight with zero moments. */
  add(name: string, weight: tf.Variable): void {
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros(weight.shape), false));
    this.slots.set(name, { weight, first: zeros(), second: zeros(), decays: weight.shape.length >= 2 });
  }

  /**
   * One update from named gradients. `count` is the 1-based number of this update for bias correction.
   * @returns the global gradient norm before clipping, a scalar the caller owns.
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number, count: number): tf.Scalar {
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.options;
    return tf.tidy(() => {
      const squares = [...gradients.values()].map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
      const norm = tf.sqrt(squares.reduce((a, b) => tf.add(a, b), tf.scalar(0)));
      const scale = clipNorm > 0 ? tf.div(clipNorm, tf.maximum(norm, clipNorm)) : tf.scalar(1);
      const rate = learningRate / (1 - beta1 ** count);
      const correction = 1 / Math.sqrt(1 - beta2 ** count);
      for (const [name, raw] of gradients) {
        const slot = this.slots.get(name)!;
        const gradient = tf.mul(raw, scale);
        const first = tf.add(tf.mul(slot.first, beta1), tf.mul(gradient, 1 - beta1));
        const second = tf.add(tf.mul(slot.second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const step = tf.div(first, tf.add(tf.mul(tf.sqrt(second), correction), epsilon));
        const kept = slot.decays ? tf.mul(slot.weight, 1 - learningRate * weightDecay) : slot.weight;
        slot.first.assign(first);
        slot.second.assign(second);
        slot.weight.assign(tf.sub(kept, tf.mul(step, rate)));
      }
      return norm;
    });
  }

  /** Sets every moment of the named weights to zero, as at the start of a stage. */
  reset(names: readonly string[]): void {
    tf.tidy(() => {
      for (const name of names) {
        const slot = this.slots.get(name)!;
        slot.first.assign(tf.zerosLike(slot.first));
        slot.second.assign(tf.zerosLike(slot.second));
      }
    });
  }

  /** The moments as variables, for saving and restoring. */
  moments(): { name: string; variable: tf.Variable }[] {
    return [...this.slots].flatMap(([name, slot]) => [
      { name: `${name}#first`, variable: slot.first },
      { name: `${name}#second`, variable: slot.second },
    ]);
  }

  dispose(): void {
    for (const slot of this.slots.values()) tf.dispose([slot.first, slot.second]);
    this.slots.clear();
  }
}
