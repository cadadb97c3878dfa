import * as tf from '@tensorflow/tfjs-core';

/** `gelu_pytorch_tanh`: 0.5·x·(1 + tanh(√(2/π)(x + 0.044715·x³))), SigLIP's activation. */
export function geluTanh(x: tf.Tensor2D): tf.Tensor2D {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** Exact `gelu`: x·Φ(x), the activation of LLaVA's projector. */
export function geluErf(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** `quick_gelu`: x·σ(1.702·x), CLIP's activation. */
export function quickGelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}

/** SwiGLU: silu(gate)·up (Shazeer 2020). Both [M, ffn] → [M, ffn]. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}
