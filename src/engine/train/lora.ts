import { loraScale } from '../method/lora-layers.ts';
import { Random } from '../random.ts';
import type { ModelConfig } from '../models/config.ts';
import { adapterNames, loraShapes } from '../models/families/lora-shapes.ts';
import type { HostTensor, HostTensors } from '../models/host-tensor.ts';
import type { Lora, Recipe } from '../recipe/recipe.ts';

/** What the recipe's seed is turned by, so that the adapters' numbers are not the Recalibrator's. */
const stream = 0x4c6f5241;

/**
 * LoRA's matrices as PEFT begins: A uniform in ±1/√in (Kaiming with a = √5), drawn from the recipe's seed, B zero; so that the student begins as it was
 * loaded. None where the recipe has none.
 */
export function initialLora(config: ModelConfig, { seed, student }: Recipe): HostTensors {
  const random = new Random(seed ^ stream);
  const tensors = new Map<string, HostTensor>();
  for (const [name, shape] of loraShapes(config, student.lora)) {
    const [rows, columns] = shape as [number, number];
    const data = new Float32Array(rows * columns);
    const bound = columns ** -0.5;
    if (name.endsWith('.lora_A.weight'))
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.next() - 1);
    tensors.set(name, { shape: [rows, columns], data });
  }
  return tensors;
}

/** A model's weights with its adapters merged in: W + (alpha / rank)·B·A. What has no adapter is the tensor that it was. */
export function mergeLora(weights: HostTensors, adapters: HostTensors, lora: Lora): HostTensors {
  const scale = loraScale(lora);
  return new Map(
    [...weights].map(([name, weight]) => {
      const names = adapterNames(name.replace(/\.weight$/, ''));
      const [a, b] = [adapters.get(names.a), adapters.get(names.b)];
      return [name, a && b ? { shape: [...weight.shape], data: merged(weight, a, b, scale) } : weight];
    }),
  );
}

/** W + scale·B·A, each element in f64 before it is rounded. */
function merged({ shape, data }: HostTensor, a: HostTensor, b: HostTensor, scale: number): Float32Array {
  const [rows, columns] = shape as [number, number];
  const rank = a.shape[0]!;
  const result = new Float32Array(data.length);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let j = 0; j < rank; j++) {
      const factor = scale * b.data[row * rank + j]!;
      for (let column = 0; column < columns; column++)
        sums[column]! += factor * a.data[j * columns + column]!;
    }
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = data[row * columns + column]! + sums[column]!;
  }
  return result;
}
