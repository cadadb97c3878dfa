import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors.ts';
import type { HostTensors } from '../models/host-tensor.ts';

/** Tensors of a model by their `transformers` names. */
export type WeightMap = ReadonlyMap<string, tf.Tensor>;

/** A view of a weight map under a name prefix; reading an absent name is an error that names it. */
export class WeightScope {
  constructor(
    private readonly weights: WeightMap,
    private readonly prefix = '',
  ) {}

  at(path: string): WeightScope {
    return new WeightScope(this.weights, `${this.prefix}${path}.`);
  }

  get(name: string): tf.Tensor {
    const tensor = this.weights.get(this.prefix + name);
    if (tensor === undefined)
      throw new EngineError(
        'file-unsupported',
        `The checkpoint has no tensor “${this.prefix}${name}”.`,
        'Use weights and config.json of the same checkpoint, as transformers saves it.',
      );
    return tensor;
  }

  maybe(name: string): tf.Tensor | undefined {
    return this.weights.get(this.prefix + name);
  }
}

/** Host weights on the GPU, by name; the caller owns the tensors. */
export function uploadWeights(host: HostTensors): Map<string, tf.Tensor> {
  return new Map([...host].map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]));
}
