import type { VlmConfig } from './config.ts';
import { layoutOf } from './families/layout.ts';
import type { Checkpoint } from './checkpoints/load-checkpoint.ts';

/** Parts of a checkpoint. */
type PartKey = 'vision' | 'connector' | 'embedding' | 'body' | 'head';

/** A loaded model as a diagram needs it: its configuration, and how many of its weights each part holds. */
export interface ModelArchitecture {
  config: VlmConfig;
  /** Numbers per part that a pass reads; the head has none of its own where it is the token embedding. */
  parameters: Record<PartKey, number>;
}

export interface PairArchitecture {
  teacher: ModelArchitecture;
  student: ModelArchitecture;
}

/** Counts the weights that were loaded, by the part their names place them in. */
export function architectureOf({
  config,
  tensors,
}: Pick<Checkpoint, 'config' | 'tensors'>): ModelArchitecture {
  const { vision, connector, text, head } = layoutOf(config);
  const parameters = { vision: 0, connector: 0, embedding: 0, body: 0, head: 0 };
  const prefixes: readonly [PartKey, string][] = [
    ['vision', `${vision}.`],
    ['connector', `${connector}.`],
    ['embedding', `${text}.embed_tokens.`],
    ['body', `${text}.`],
    ['head', head],
  ];
  for (const [name, { data }] of tensors) {
    // LLaVA reads the encoder before this norm.
    if (config.family === 'llava' && name.includes('.post_layernorm.')) continue;
    const part = prefixes.find(([, prefix]) => name.startsWith(prefix))?.[0];
    // A tied head may be stored a second time; it is not read.
    if (part === undefined || (part === 'head' && config.tieWordEmbeddings)) continue;
    parameters[part] += data.length;
  }
  return { config, parameters };
}
