import type { z } from 'zod';
import type { ModelConfig, TextOnlyConfig, VlmConfig } from '../config.ts';

export type WeightPart = 'vision' | 'connector' | 'embedding' | 'body' | 'head';

/** Tensors by name, with their shapes. */
export type Shapes = (readonly [name: string, shape: readonly number[]])[];

/** Where a family keeps its parts, by `transformers` names; the head is a tensor, the others are prefixes. */
export interface TextLayout {
  text: string;
  head: string;
  /** The decoder's place among the modules of `transformers`, where it is not that of its tensors. */
  module?: string;
}

export interface VlmLayout extends TextLayout {
  vision: string;
  connector: string;
  /** A tensor, in a family where a learned token follows a picture's. */
  newline?: string;
}

/** Names for people. */
export interface FamilyNames {
  family: string;
  decoder: string;
  encoder?: string;
}

/** What a processor writes for one picture: `opening`, as many of `token` as a square has image tokens, `closing`. */
export interface PicturePrompt {
  /** Also what the chat template writes where the picture belongs. */
  token: string;
  opening: readonly string[];
  closing: readonly string[];
  /** What stands before the tokens of each square, counted from 1, where a picture is cut into several; the whole picture follows them. */
  square?: (row: number, column: number) => readonly string[];
}

interface Family<Config extends ModelConfig> {
  /** `model_type` of config.json. */
  key: string;
  names: FamilyNames;
  layout: TextLayout;
  /** How names that other versions of `transformers` save become those of `layout`; every rule is tried, in this order. */
  renames: readonly (readonly [from: RegExp, to: string])[];
  /** config.json with the keys that `transformers` writes, read into a configuration. */
  schema: z.ZodType<Config>;
  /**
   * Names and shapes of the tensors that a model is computed from, as `transformers` saves them; no pass reads what else is in a file.
   * A tied head is the embedding and has none.
   */
  tensors(config: Config): Partial<Record<WeightPart, Shapes>>;
}

/** A family of decoders that read no pictures. */
export interface TextFamily extends Family<TextOnlyConfig> {
  picture?: undefined;
}

/** A family of vision-language models. */
export interface VlmFamily extends Family<VlmConfig> {
  names: FamilyNames & { encoder: string };
  layout: VlmLayout;
  picture: PicturePrompt;
}

export type ModelFamily = TextFamily | VlmFamily;
