import { readPairs, type PairReport } from './models/checkpoints/checkpoint-index.ts';
import type { VlmConfig } from './models/config.ts';
import { loadCheckpoint, type LoadEvent, type VlmCheckpoint } from './models/checkpoints/load-checkpoint.ts';
import { familyOf } from './models/families/families.ts';
import { readJson, type FileSource } from './models/checkpoints/source.ts';
import type { Dataset } from './data/dataset.ts';
import { loadEmojiDataset } from './data/emoji/dataset.ts';
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

/** GPU memory that a run may take to do nothing twice, bytes for each model and kind; what does not fit is made again for every batch. */
export interface CacheBudgets {
  /** Features behind frozen weights. */
  features: number;
  pictures: number;
}

export const usualBudgets: CacheBudgets = { features: 256 * 2 ** 20, pictures: 64 * 2 ** 20 };

/** Everything loaded for one pair; immutable, so that runs can start from it again and again. */
export interface TrainSession {
  data: Dataset;
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

/** Loads the built-in data set with all its pictures. */
export async function loadData(
  source: FileSource,
  onProgress?: (event: LoadEvent) => void,
): Promise<Dataset> {
  const path = (file: string) => `data/${file}`;
  return loadEmojiDataset(
    await readJson(source, path('manifest.json')),
    (sheet, options) => source.bytes(path(sheet), options),
    (event) => onProgress?.({ ...event, file: path(event.file) }),
  );
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
  return { data, device, cacheBudgets: usualBudgets, pair, teacher, student };
}

/** What identifies all that a run on a session reads: hashes of the data set and of the two checkpoints' integrity lists. */
export function contentsOf({ data, teacher, student }: Pick<TrainSession, 'data' | 'teacher' | 'student'>) {
  return {
    dataHash: data.hash,
    checkpoints: { teacher: teacher.checkpoint.hash, student: student.checkpoint.hash },
  };
}
