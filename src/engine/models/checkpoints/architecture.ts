import type { ModelConfig } from '../config.ts';
import type { Checkpoint } from './load-checkpoint.ts';
import { namesOf } from '../families/families.ts';
import type { FamilyNames, WeightPart } from '../families/family.ts';
import { weightParts } from '../families/weight-parts.ts';

/** A loaded model as a diagram needs it: its configuration, and how many of its weights each part holds. */
export interface ModelArchitecture {
  config: ModelConfig;
  names: FamilyNames;
  /** Numbers per part that a pass reads; the head has none of its own where it is the token embedding. */
  parameters: Record<WeightPart, number>;
}

export interface PairArchitecture {
  teacher: ModelArchitecture;
  student: ModelArchitecture;
}

/** Counts the weights that were loaded, by the part they belong to. */
export function architectureOf({
  config,
  tensors,
}: Pick<Checkpoint, 'config' | 'tensors'>): ModelArchitecture {
  const parts = weightParts(config);
  const parameters = { vision: 0, connector: 0, embedding: 0, body: 0, head: 0 };
  for (const [name, { data }] of tensors) {
    const part = parts.get(name);
    if (part !== undefined) parameters[part] += data.length;
  }
  return { config, names: namesOf(config), parameters };
}
