import type { Checkpoint } from './checkpoints/load-checkpoint.ts';
import type { VlmConfig } from './config.ts';
import { layoutOf } from './families/layout.ts';

/** The weights of a model that a pass reads, by name: those of its vision encoder, and the others. */
export function trainableWeights(
  config: Pick<VlmConfig, 'family'>,
  names: Iterable<string>,
): { student: string[]; encoder: string[] } {
  const vision = `${layoutOf(config).vision}.`;
  const read = [...names].filter(
    // LLaVA reads the encoder before this norm: it takes no part in the forward pass.
    (name) => !(config.family === 'llava' && name.includes('.post_layernorm.')),
  );
  return {
    student: read.filter((name) => !name.startsWith(vision)),
    encoder: read.filter((name) => name.startsWith(vision)),
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
