import { EngineError } from '../../errors.ts';
import type { ModelConfig } from '../config.ts';
import { familyOf } from '../families/families.ts';
import type { HostTensors } from '../host-tensor.ts';
import { weightShapes } from '../families/weight-parts.ts';

/**
 * @throws EngineError `file-unsupported` naming the first tensor that is absent or has another shape than the
 * configuration asks for.
 */
export function checkTensors(config: ModelConfig, tensors: HostTensors, folder: string): void {
  for (const [name, shape] of Object.values(weightShapes(config)).flat()) {
    const found = tensors.get(name)?.shape;
    if (found === undefined || found.join() !== shape.join())
      throw new EngineError(
        'file-unsupported',
        `“${folder}”: tensor “${name}” should have the shape [${shape.join(', ')}] but ${found === undefined ? 'is not there' : `has [${found.join(', ')}]`}.`,
        `Use weights and config.json of the same ${familyOf(config).names.family} checkpoint.`,
      );
  }
}
