import * as tf from '@tensorflow/tfjs-core';
import { rotaryFrequencies, type Rotary } from '../../models/rotary-frequencies.ts';

/** cos and sin of every rotation, each [B·N, headDim], laid out for the half-split rotation of Llama and Qwen2. */
export interface RotaryTable {
  cos: tf.Tensor2D;
  sin: tf.Tensor2D;
}

/** Rotary angles for position ids (Su et al. 2021), half-split: pair (i, i + headDim/2) turns by position·frequency. */
export function rotaryTable(positions: ArrayLike<number>, text: Rotary): RotaryTable {
  const frequencies = rotaryFrequencies(text);
  const { headDim } = text;
  const half = headDim / 2;
  const cos = new Float32Array(positions.length * headDim);
  const sin = new Float32Array(positions.length * headDim);
  for (let t = 0; t < positions.length; t++) {
    for (let i = 0; i < half; i++) {
      const angle = positions[t]! * frequencies[i]!;
      const at = t * headDim + i;
      cos[at] = cos[at + half] = Math.cos(angle);
      sin[at] = sin[at + half] = Math.sin(angle);
    }
  }
  const shape: [number, number] = [positions.length, headDim];
  return { cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape) };
}

/** x·cos + rotateHalf(x)·sin. x [T, heads·headDim] with one table row per t → the same shape. */
export function rotate(x: tf.Tensor2D, table: RotaryTable, heads: number): tf.Tensor2D {
  const [tokens, width] = x.shape;
  const headDim = width / heads;
  const perHead = tf.reshape(x, [tokens, heads, headDim]);
  const [first, second] = tf.split(perHead, 2, -1);
  const turned = tf.concat([tf.neg(second!), first!], -1);
  const cos = tf.reshape(table.cos, [tokens, 1, headDim]);
  const sin = tf.reshape(table.sin, [tokens, 1, headDim]);
  return tf.reshape(tf.add(tf.mul(perHead, cos), tf.mul(turned, sin)), [tokens, width]);
}
