import * as tf from '@tensorflow/tfjs-core';

/**
 * Replaces tfjs's gradients of Sum and Mean, which upload a full-size array of ones at every step, by a broadcast on the GPU.
 * dx = dy (divided by the count for Mean), repeated over the reduced axes.
 */
export function registerSumGradients(): void {
  for (const kernelName of ['Sum', 'Mean'] as const) {
    if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
    tf.registerGradient({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (dy, saved, attrs) => {
        const x = saved[0]!;
        const axes = tf.util.parseAxisParam(
          (attrs as unknown as { axis: number | number[] | undefined }).axis ?? x.shape.map((_, i) => i),
          x.shape,
        );
        const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
        const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
        return {
          x: () => {
            const broadcast = tf.add(tf.fill(x.shape, 0), tf.reshape(dy as tf.Tensor, kept));
            return kernelName === 'Sum' ? broadcast : tf.mul(broadcast, 1 / count);
          },
        };
      },
    });
  }
}
