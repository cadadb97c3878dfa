import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { geluErf, geluTanh, swiglu } from '../../src/engine/tfjs/ops/activations.ts';
import { attention, causalBias } from '../../src/engine/tfjs/ops/attention.ts';
import { gatherRows } from '../../src/engine/tfjs/ops/gather-rows.ts';
import { linear } from '../../src/engine/tfjs/ops/linear.ts';
import { layerNorm, rmsNorm } from '../../src/engine/tfjs/ops/norms.ts';
import { rotate, rotaryTable } from '../../src/engine/tfjs/ops/rope.ts';
import { crossEntropy, klDivergence } from '../../src/engine/tfjs/ops/token-losses.ts';
import { opened } from './device.ts';

const context = opened();

let seed = 1;
const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', seed++);
const value = async (tensor: tf.Tensor) => (await tensor.data())[0]!;

/** The gradient along a random direction equals the central difference along it. */
async function checkGradient(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): Promise<void> {
  const weights = random(...f(...inputs).shape);
  const scalar = (...xs: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(f(...xs), weights));
  const gradients = tf.grads(scalar)(inputs);
  const step = 1e-2;
  for (let i = 0; i < inputs.length; i++) {
    const direction = random(...inputs[i]!.shape);
    const moved = (by: number) => inputs.map((x, j) => (j === i ? tf.add(x, tf.mul(direction, by)) : x));
    const difference =
      ((await value(scalar(...moved(step)))) - (await value(scalar(...moved(-step))))) / (2 * step);
    const along = await value(tf.sum(tf.mul(gradients[i]!, direction)));
    const size = await value(tf.norm(tf.reshape(gradients[i]!, [-1])));
    expect(Math.abs(along - difference), `input ${i}: ${along} against ${difference}`).toBeLessThan(
      0.01 * size + 1e-3,
    );
  }
}

describe('gradients equal finite differences', () => {
  it('linear', () =>
    checkGradient((x, w, b) => linear(x as tf.Tensor2D, w, b), [random(5, 7), random(3, 7), random(3)]));
  it('RMSNorm', () => checkGradient((x, w) => rmsNorm(x as tf.Tensor2D, w, 1e-6), [random(4, 9), random(9)]));
  it('LayerNorm', () =>
    checkGradient(
      (x, w, b) => layerNorm(x as tf.Tensor2D, w, b, 1e-6),
      [random(4, 9), random(9), random(9)],
    ));
  it('GELU, both forms', async () => {
    await checkGradient((x) => geluTanh(x as tf.Tensor2D), [random(3, 11)]);
    await checkGradient((x) => geluErf(x as tf.Tensor2D), [random(3, 11)]);
  });
  it('SwiGLU', () =>
    checkGradient((g, u) => swiglu(g as tf.Tensor2D, u as tf.Tensor2D), [random(3, 5), random(3, 5)]));
  it('rotation', () => {
    const table = rotaryTable([0, 1, 2, 7], { headDim: 6, ropeTheta: 10000 });
    return checkGradient((x) => rotate(x as tf.Tensor2D, table, 2), [random(4, 12)]);
  });
  it('row gathering, with repeated and unused rows', () =>
    checkGradient(
      (t) => gatherRows(t as tf.Tensor2D, tf.tensor1d([3, 0, 3, 3, 1], 'int32')),
      [random(6, 4)],
    ));
  it('attention with grouped heads, causal mask and a fully padded row', () => {
    const bias = causalBias([0, 1, 1, 1, 1, 1, 1, 0], 2, 4);
    const shape = { batch: 2, queries: 4, keys: 4, heads: 4, kvHeads: 2, headDim: 3 };
    // Padded positions have a finite output that nothing may read: the loss never sees it.
    const real = tf.tensor2d([0, 1, 1, 1, 1, 1, 1, 0], [8, 1]);
    return checkGradient(
      (q, k, v) => tf.mul(attention(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, shape, bias), real),
      [random(8, 12), random(8, 6), random(8, 6)],
    );
  });
  it('cross-entropy and KL', async () => {
    const labels = tf.tensor1d([2, 0, 4], 'int32');
    const weights = tf.tensor1d([1, 0, 1]);
    await checkGradient((x) => crossEntropy(x as tf.Tensor2D, labels, weights), [random(3, 5)]);
    const logP: tf.Tensor2D = tf.logSoftmax(random(3, 5) as tf.Tensor2D);
    await checkGradient((x) => klDivergence(logP, tf.logSoftmax(x as tf.Tensor2D), weights), [random(3, 5)]);
  });
});

describe('losses', () => {
  it('KL is 0 when the student is the teacher, and so is its gradient', async () => {
    const logits = random(4, 9) as tf.Tensor2D;
    const weights = tf.tensor1d([1, 1, 0, 1]);
    const loss = (x: tf.Tensor) =>
      klDivergence(tf.logSoftmax<tf.Tensor2D>(logits), tf.logSoftmax(x as tf.Tensor2D), weights);
    expect(Math.abs(await value(loss(logits)))).toBeLessThan(1e-6);
    expect(await value(tf.max(tf.abs(tf.grad(loss)(logits))))).toBeLessThan(1e-6);
  });

  it('a batch without any real answer token gives 0, not NaN', async () => {
    const none = tf.tensor1d([0, 0]);
    const logits = random(2, 3) as tf.Tensor2D;
    expect(Math.abs(await value(crossEntropy(logits, tf.tensor1d([0, 1], 'int32'), none)))).toBe(0);
    const logP = tf.logSoftmax<tf.Tensor2D>(logits);
    expect(Math.abs(await value(klDivergence(logP, tf.logSoftmax(random(2, 3) as tf.Tensor2D), none)))).toBe(
      0,
    );
  });

  it('extreme logits stay finite', async () => {
    const logits = tf.tensor2d([[1e4, -1e4, 0]]);
    expect(await value(crossEntropy(logits, tf.tensor1d([1], 'int32'), tf.tensor1d([1])))).toBe(20000);
  });
});

/** Plain JavaScript, in double precision. */
function product(
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
  ta: boolean,
  tb: boolean,
): number[] {
  const out: number[] = [];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let x = 0; x < k; x++) sum += a[ta ? x * m + i : i * k + x]! * b[tb ? j * k + x : x * n + j]!;
      out.push(sum);
    }
  return out;
}

describe('the matrix product for software adapters', () => {
  const sizes = [
    [1, 1, 1],
    [1, 17, 3],
    [5, 3, 1],
    [33, 40, 31],
    [4, 2003, 4],
    [65, 1, 66],
  ] as const;
  const transpositions = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const;
  it('is the registered kernel and equals plain JavaScript at odd sizes, in every transposition', async () => {
    expect(context.device.report.software).toBe(true);
    for (const [m, k, n] of sizes)
      for (const [ta, tb] of transpositions) {
        const a = random(...(ta ? [k, m] : [m, k])) as tf.Tensor2D;
        const b = random(...(tb ? [n, k] : [k, n])) as tf.Tensor2D;
        const actual = await tf.matMul(a, b, ta, tb).data<'float32'>();
        const expected = product(await a.data<'float32'>(), await b.data<'float32'>(), m, k, n, ta, tb);
        expected.forEach((x, i) =>
          expect(Math.abs(actual[i]! - x)).toBeLessThan(1e-4 * Math.sqrt(k) + 1e-5 * Math.abs(x)),
        );
      }
  });

  it('repeats a batch of one, and reads integers that were cast to floats', async () => {
    const a = random(3, 2, 5);
    const b = random(1, 5, 4);
    const both = tf.matMul(a, tf.tile(b, [3, 1, 1]));
    expect(await value(tf.max(tf.abs(tf.sub(tf.matMul(a, b), both))))).toBeLessThan(1e-6);
    const whole = tf.cast(tf.tensor2d([[1, 2, 3]], [1, 3], 'int32'), 'float32');
    expect(await value(tf.matMul(whole, tf.tensor2d([[1], [10], [100]])))).toBe(321);
  });
});
