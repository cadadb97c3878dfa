import { EngineError } from '../../errors.ts';
import type { ModelConfig } from '../config.ts';
import { familyOf } from '../families/families.ts';
import { weightShapes } from '../families/weight-parts.ts';
import { readableType, type StoredTensor } from './safetensors-header.ts';

/**
 * @throws EngineError `file-unsupported` naming the first tensor that is absent, of a type that cannot be read, or of another shape than the
 * configuration asks for.
 */
export function checkTensors(
  config: ModelConfig,
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'dtype' | 'shape'>>,
  folder: string,
): void {
  for (const [name, shape] of Object.values(weightShapes(config)).flat()) {
    const found = tensors.get(name);
    if (found !== undefined && !readableType(found.dtype))
      throw new EngineError(
        'file-unsupported',
        `“${folder}”: tensor “${name}” has the type ${found.dtype}.`,
        'Use weights in F32, F16 or BF16, not quantised ones.',
      );
    if (found === undefined || found.shape.join() !== shape.join())
      throw new EngineError(
        'file-unsupported',
        `“${folder}”: tensor “${name}” should have the shape [${shape.join(', ')}] but ${found === undefined ? 'is not there' : `has [${found.shape.join(', ')}]`}.`,
        `Use weights and config.json of the same ${familyOf(config).names.family} checkpoint.`,
      );
  }
}
