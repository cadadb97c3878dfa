/** Vision transformer of the SigLIP kind. */
export interface VisionConfig {
  hiddenSize: number;
  layers: number;
  heads: number;
  intermediateSize: number;
  patchSize: number;
  imageSize: number;
  layerNormEps: number;
  /** The connector reads the last layer's output through the encoder's own last norm. */
  postNorm: boolean;
}

/** Llama or Qwen2 decoder. */
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
  /** Biases on q, k and v (Qwen2). */
  attentionBias: boolean;
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
  /** Tokens one picture takes in the decoder. */
  imageTokens: number;
  /** Patches that make one token, along a side. */
  scaleFactor: number;
}

export type ModelConfig = TextOnlyConfig | VlmConfig;
