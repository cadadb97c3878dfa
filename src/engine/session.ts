import { readPairs, type PairReport } from './models/checkpoints/checkpoint-index.ts';
import type { VlmConfig } from './models/config.ts';
import { loadCheckpoint, type LoadEvent, type VlmCheckpoint } from './models/checkpoints/load-checkpoint.ts';
import { familyOf } from './models/families/families.ts';
import { readJson, type FileSource } from './models/checkpoints/source.ts';
import { parseManifest, type Manifest } from './data/emoji/manifest.ts';
import { loadSheets, type Sheets } from './data/emoji/pictures.ts';
import type { EngineDevice } from './device/open-device.ts';
import { EngineError } from './errors.ts';
import { loadTokenizer, type VlmTokenizer } from './models/tokenizers/tokenizer.ts';

/** A checkpoint in host memory with its tokenizer; weights go to the GPU when a run or an evaluation needs them. */
export interface LoadedModel {
  name: string;
  config: VlmConfig;
  checkpoint: VlmCheckpoint;
  tokenizer: VlmTokenizer;
}

export interface LoadedData {
  manifest: Manifest;
  sheets: Sheets;
}

/** GPU memory that a run may take to do nothing twice, bytes for each model and kind; what does not fit is made again for every batch. */
export interface CacheBudgets {
  /** Features behind frozen weights. */
  features: number;
  pictures: number;
}

export const usualBudgets: CacheBudgets = { features: 256 * 2 ** 20, pictures: 64 * 2 ** 20 };

/** Everything loaded for one pair; immutable, so that runs can start from it again and again. */
export interface TrainSession extends LoadedData {
  device: EngineDevice;
  cacheBudgets: CacheBudgets;
  pair: PairReport;
  teacher: LoadedModel;
  student: LoadedModel;
}

export type SessionProgress = LoadEvent & { role: 'teacher' | 'student' | 'pictures' };

/**
 * Loads a checkpoint folder (path relative to the source) with its tokenizer.
 * @throws EngineError of the files, or `file-unsupported` for a model that reads no pictures.
 */
export async function loadModel(
  source: FileSource,
  folder: string,
  onProgress?: (event: LoadEvent) => void,
): Promise<LoadedModel> {
  const checkpoint = await loadCheckpoint(source, folder, onProgress);
  if (checkpoint.preprocessor === undefined)
    throw new EngineError(
      'file-unsupported',
      `“${folder}” is a ${familyOf(checkpoint.config).names.family} model of text alone: it reads no pictures.`,
      'Choose a pair of two vision-language models.',
    );
  const { name, config, tokenizerJson, tokenizerConfig } = checkpoint;
  return { name, config, checkpoint, tokenizer: loadTokenizer({ tokenizerJson, tokenizerConfig }, config) };
}

/** Loads the manifest and all sprite sheets. */
export async function loadData(
  source: FileSource,
  onProgress?: (event: LoadEvent) => void,
): Promise<LoadedData> {
  const manifest = parseManifest(await readJson(source, 'data/manifest.json'));
  const totalBytes = manifest.styles.reduce((sum, style) => sum + style.bytes, 0);
  const loaded = new Map<string, number>();
  const sheets = await loadSheets(manifest, (sheet, options) =>
    source.bytes(`data/${sheet}`, {
      ...options,
      onBytes: (bytes) => {
        loaded.set(sheet, bytes);
        const loadedBytes = [...loaded.values()].reduce((a, b) => a + b, 0);
        onProgress?.({ file: `data/${sheet}`, loadedBytes, totalBytes });
      },
    }),
  );
  return { manifest, sheets };
}

/**
 * Loads a pair and the pictures. All or nothing.
 * @throws EngineError of the files, or `recipe-invalid` for an unknown pair.
 */
export async function openSession(
  environment: { source: FileSource; device: EngineDevice },
  pairKey: string,
  onProgress?: (progress: SessionProgress) => void,
): Promise<TrainSession> {
  const { source, device } = environment;
  const pairs = await readPairs(source);
  const pair = pairs.find(({ key }) => key === pairKey);
  if (pair === undefined)
    throw new EngineError(
      'recipe-invalid',
      `There is no pair “${pairKey}”.`,
      `Choose among ${pairs.map(({ key }) => key).join(', ')}.`,
    );
  const [data, teacher, student] = await Promise.all([
    loadData(source, (event) => onProgress?.({ ...event, role: 'pictures' })),
    loadModel(source, `checkpoints/${pair.teacher.folder}`, (event) =>
      onProgress?.({ ...event, role: 'teacher' }),
    ),
    loadModel(source, `checkpoints/${pair.student.folder}`, (event) =>
      onProgress?.({ ...event, role: 'student' }),
    ),
  ]);
  return { ...data, device, cacheBudgets: usualBudgets, pair, teacher, student };
}
