/** Vision transformer of the SigLIP or CLIP kind. */
export interface VisionConfig {
  /** CLIP puts a class token before the patches, normalises before its first layer and has no bias in its patch embedding. */
  encoder: 'siglip' | 'clip';
  hiddenSize: number;
  /** Those that are read: the connector may read from a layer before the last. */
  layers: number;
  heads: number;
  intermediateSize: number;
  patchSize: number;
  imageSize: number;
  layerNormEps: number;
  /** The connector reads the last layer's output through the encoder's own last norm. */
  postNorm: boolean;
  /** GELU: its tanh form, the exact one, or x·σ(1.702·x). */
  activation: 'tanh' | 'erf' | 'quick';
}

/** How the angles of long positions are stretched: all alike, or slow ones only (Llama 3). */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | { type: 'llama3'; factor: number; lowFactor: number; highFactor: number; originalLength: number };

/** Llama, Qwen2 or Qwen3 decoder. */
export interface TextConfig {
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediateSize: number;
  vocabularySize: number;
  rmsNormEps: number;
  ropeTheta: number;
  ropeScaling?: RopeScaling;
  /** Biases on q, k and v (Qwen2). */
  attentionBias: boolean;
  /** Every head of q and k is normalised before it is rotated (Qwen3). */
  headNorms: boolean;
}

interface LanguageConfig {
  /** `model_type` of its config.json: the key of its family. */
  family: string;
  text: TextConfig;
  /** The head is the token embedding. */
  tieWordEmbeddings: boolean;
}

/** A decoder that reads no pictures. */
export interface TextOnlyConfig extends LanguageConfig {
  vision?: undefined;
}

export interface VlmConfig extends LanguageConfig {
  vision: VisionConfig;
  /** How vision features become image tokens: Linear → GELU → Linear, or s×s patches side by side and a linear layer. */
  connector: 'mlp' | 'pixel-shuffle';
  imageTokenId: number;
  connectorBias: boolean;
  /** A learned token follows those of a picture (LLaVA-OneVision). */
  imageNewline: boolean;
  /** Squares that a picture is cut into, each read by the encoder on its own: rows of `grid` × `grid` and the whole picture; or the whole alone, grid 1. */
  grid: number;
  /** Tokens one picture takes in the decoder, those of all its squares. */
  imageTokens: number;
  /** Patches that make one token, along a side. */
  scaleFactor: number;
}

/** Squares of one picture that the encoder reads. */
export function squaresOf({ grid }: Pick<VlmConfig, 'grid'>): number {
  return grid === 1 ? 1 : grid ** 2 + 1;
}

export type ModelConfig = TextOnlyConfig | VlmConfig;
