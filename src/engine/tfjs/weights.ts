import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors.ts';
import { loraScale } from '../method/lora-layers.ts';
import { adapterNames } from '../models/families/lora-shapes.ts';
import type { HostTensor, HostTensors } from '../models/host-tensor.ts';
import type { Lora } from '../recipe/recipe.ts';
import type { Adapter } from './ops/lora.ts';

/** Tensors of a model by their `transformers` names. */
export type WeightMap = ReadonlyMap<string, tf.Tensor>;

/** A view of a weight map under a name prefix; reading an absent name is an error that names it. */
export class WeightScope {
  /** @param lora how the adapters are added that stand beside weights, where there are any */
  constructor(
    private readonly weights: WeightMap,
    private readonly prefix = '',
    private readonly lora?: Lora,
  ) {}

  at(path: string): WeightScope {
    return new WeightScope(this.weights, `${this.prefix}${path}.`, this.lora);
  }

  /** The adapter beside the linear layer `name`, where it has one. */
  adapter(name: string): Adapter | undefined {
    const names = adapterNames(this.prefix + name);
    const [a, b] = [this.weights.get(names.a), this.weights.get(names.b)];
    return this.lora && a && b && { a, b, scale: loraScale(this.lora) };
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

/** The reverse of `uploadWeights`. */
export async function readWeights(weights: WeightMap): Promise<Map<string, HostTensor>> {
  const entries = [...weights];
  const values = await Promise.all(entries.map(([, weight]) => weight.data<'float32'>()));
  return new Map(entries.map(([name, weight], i) => [name, { shape: [...weight.shape], data: values[i]! }]));
}
