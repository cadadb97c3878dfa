import type { EngineDevice } from './device/open-device.ts';
import type { Checkpoint } from './checkpoints/load-checkpoint.ts';
import type { VlmConfig } from './checkpoints/config.ts';
import type { Manifest } from './data/manifest.ts';
import type { Sheets } from './data/pictures.ts';
import type { VlmTokenizer } from './tokenizers/tokenizer.ts';

/** A checkpoint in host memory with its tokenizer; weights go to the GPU when a run or an evaluation needs them. */
export interface LoadedModel {
  name: string;
  config: VlmConfig;
  checkpoint: Checkpoint;
  tokenizer: VlmTokenizer;
}

/** Everything loaded for one pair; immutable, so that runs can start from it again and again. */
export interface TrainSession {
  device: EngineDevice;
  teacher: LoadedModel;
  student: LoadedModel;
  manifest: Manifest;
  sheets: Sheets;
}
