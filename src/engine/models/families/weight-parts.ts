import type { ModelConfig } from '../config.ts';
import { familyOf } from './families.ts';
import type { Shapes, WeightPart } from './family.ts';

/** Names and shapes of the tensors that a model of this configuration is computed from, by its parts. */
export function weightShapes(config: ModelConfig): Partial<Record<WeightPart, Shapes>> {
  const family = familyOf(config);
  if (family.picture === undefined) {
    if (config.vision === undefined) return family.tensors(config);
  } else if (config.vision !== undefined) return family.tensors(config);
  throw new RangeError(`the configuration is not of the family “${family.key}”`);
}

/**
 * The part of every weight that a pass reads, by name. What else a file holds is not in it: LLaVA's last norm of the encoder, a tied head that
 * is stored a second time.
 */
export function weightParts(config: ModelConfig): ReadonlyMap<string, WeightPart> {
  const parts = Object.entries(weightShapes(config)) as [WeightPart, Shapes][];
  return new Map(parts.flatMap(([part, shapes]) => shapes.map(([name]) => [name, part] as const)));
}
