import type { Checkpoint } from './load-checkpoint.ts';
import type { ModelConfig } from '../config.ts';
import type { Lora } from '../../recipe/recipe.ts';
import { loraShapes } from '../families/lora-shapes.ts';
import { weightParts } from '../families/weight-parts.ts';

/** The weights of a model that a pass reads, by name: those of its vision encoder, the others, and the adapters that LoRA puts beside them. */
export function trainableWeights(
  config: ModelConfig,
  names: Iterable<string>,
  lora?: Lora,
): { student: string[]; adapters: string[]; encoder: string[] } {
  const partOf = weightParts(config);
  const read = [...names].filter((name) => partOf.has(name));
  return {
    student: read.filter((name) => partOf.get(name) !== 'vision'),
    adapters: loraShapes(config, lora).map(([name]) => name),
    encoder: read.filter((name) => partOf.get(name) === 'vision'),
  };
}

/** How many numbers these weights have. */
export function trainableSizes({
  config,
  tensors,
}: Pick<Checkpoint, 'config' | 'tensors'>): Record<'student' | 'encoder', number> {
  const { student, encoder } = trainableWeights(config, tensors.keys());
  const size = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + tensors.get(name)!.data.length, 0);
  return { student: size(student), encoder: size(encoder) };
}
