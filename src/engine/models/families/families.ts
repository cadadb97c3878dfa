import type { ModelConfig, VlmConfig } from '../config.ts';
import type { FamilyNames, ModelFamily, VlmFamily, VlmLayout } from './family.ts';
import { idefics3, smolvlm } from './idefics3.ts';
import { llava, llavaOnevision } from './llava.ts';
import { llama, qwen2, qwen3 } from './text-only.ts';

/** Every family of models that loads. */
export const families: readonly ModelFamily[] = [
  llava,
  llavaOnevision,
  idefics3,
  smolvlm,
  llama,
  qwen2,
  qwen3,
];

/** The family that a configuration names. @throws RangeError when there is none. */
export function familyOf({ family: key }: { family: string }): ModelFamily {
  const family = families.find((candidate) => candidate.key === key);
  if (family === undefined) throw new RangeError(`there is no family “${key}”`);
  return family;
}

/** `familyOf` for what reads pictures. @throws RangeError for a family that reads none. */
export function vlmFamilyOf(config: { family: string }): VlmFamily {
  const family = familyOf(config);
  if (family.picture === undefined) throw new RangeError(`${family.names.family} reads no pictures`);
  return family;
}

/** What a model is made of, for people. */
export function namesOf(config: ModelConfig): FamilyNames {
  const { text, vision } = config;
  return {
    family: familyOf(config).names.family,
    ...(vision && { encoder: vision.encoder === 'clip' ? 'CLIP' : 'SigLIP' }),
    decoder: text.headNorms ? 'Qwen3' : text.attentionBias ? 'Qwen2' : 'Llama',
  };
}

/** Configuration and layout of a model that reads pictures. @throws RangeError where it reads none. */
export function withPictures(config: ModelConfig): { config: VlmConfig; layout: VlmLayout } {
  const { layout, names } = vlmFamilyOf(config);
  if (config.vision === undefined) throw new RangeError(`this ${names.family} model reads no pictures`);
  return { config, layout };
}
