import {
  readCheckpointIndex,
  type ModelReport,
  type PairReport,
} from './models/checkpoints/checkpoint-index.ts';
import { namesInPair, ownPair, readsPictures, refuseHalfBlind } from './models/checkpoints/own-pair.ts';
import type { ModelConfig } from './models/config.ts';
import {
  loadCheckpoint,
  sketchCheckpoint,
  type Checkpoint,
  type LoadEvent,
} from './models/checkpoints/load-checkpoint.ts';
import { readJson, type FileSource } from './models/checkpoints/source.ts';
import type { Dataset } from './data/dataset.ts';
import { loadEmojiDataset } from './data/emoji/dataset.ts';
import { textDataset } from './data/text/dataset.ts';
import { parseWords } from './data/text/words.ts';
import type { EngineDevice } from './device/open-device.ts';
import type { Frozen } from './device/variant.ts';
import { EngineError } from './errors.ts';
import { loadTokenizer, type VlmTokenizer } from './models/tokenizers/tokenizer.ts';

/** A checkpoint in host memory with its tokenizer; weights go to the GPU when a run or an evaluation needs them. */
export interface LoadedModel {
  name: string;
  config: ModelConfig;
  checkpoint: Checkpoint;
  tokenizer: VlmTokenizer;
  /** Where it came from. */
  files: { source: FileSource; folder: string };
}

/** A model that a person brought, under the name that its hash gives it. */
export interface OwnModel {
  report: ModelReport;
  load(onProgress?: (event: LoadEvent) => void): Promise<LoadedModel>;
}

/** GPU memory that a run may take to do nothing twice, bytes for each model and kind; what does not fit is made again for every batch. */
export interface CacheBudgets {
  /** Features behind frozen weights. */
  features: number;
  pictures: number;
}

/** No adapter says how much memory it has; that it gives one buffer of a size says that it has more than that. Less than the least have few. */
export function memoryOf({ report }: Pick<EngineDevice, 'report'>): number {
  return Math.max(2 * report.maxBufferBytes, leastMemory);
}

const leastMemory = 2 * 2 ** 30;

export const usualBudgets: CacheBudgets = { features: 256 * 2 ** 20, pictures: 64 * 2 ** 20 };

/** Reads a data set as these models need it. */
export type DataReader = (
  models: readonly LoadedModel[],
  onProgress: (event: LoadEvent) => void,
) => Promise<Dataset>;

/** Everything loaded for one pair; immutable, so that runs can start from it again and again. */
export interface TrainSession {
  data: Dataset;
  device: EngineDevice;
  cacheBudgets: CacheBudgets;
  /** What a run should take of the GPU’s memory, bytes: what need not be there at the same time takes turns. */
  memoryBudget: number;
  /** How weights that no stage trains are kept on the GPU, and the features behind them; what is trained is f32. */
  frozen: Frozen;
  pair: PairReport;
  teacher: LoadedModel;
  student: LoadedModel;
}

export type SessionProgress = LoadEvent & { role: 'teacher' | 'student' | 'pictures' };

/**
 * Loads a checkpoint folder (path relative to the source) with its tokenizer.
 * @throws EngineError of the files, or `file-unsupported` for a tokenizer and weights that do not belong together.
 */
export async function loadModel(
  source: FileSource,
  folder: string,
  onProgress?: (event: LoadEvent) => void,
): Promise<LoadedModel> {
  return modelOf(await loadCheckpoint(source, folder, onProgress), source, folder);
}

/** The same without its weights, for weighing it. @throws EngineError as `loadModel`, but for what only the weights tell. */
export async function sketchModel(source: FileSource, folder: string): Promise<LoadedModel> {
  return modelOf(await sketchCheckpoint(source, folder), source, folder);
}

function modelOf(checkpoint: Checkpoint, source: FileSource, folder: string): LoadedModel {
  const { name, config, tokenizerJson, tokenizerConfig } = checkpoint;
  const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfig }, config);
  const { text } = config;
  const misfit =
    config.vision !== undefined && tokenizer.imageId !== config.imageTokenId
      ? `the picture’s token is ${tokenizer.imageId} in the tokenizer and ${config.imageTokenId} in config.json`
      : tokenizer.vocabularySize > text.vocabularySize
        ? `the tokenizer has ${tokenizer.vocabularySize} tokens and the model ${text.vocabularySize}`
        : undefined;
  if (misfit !== undefined)
    throw new EngineError(
      'file-unsupported',
      `“${folder}”: ${misfit}.`,
      'Use a tokenizer and weights that were saved together.',
    );
  return { name, config, checkpoint, tokenizer, files: { source, folder } };
}

/** Loads the built-in questions without pictures. */
export async function loadTextData(source: FileSource): Promise<Dataset> {
  return textDataset(parseWords(await readJson(source, 'data/text.json')));
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

/** The built-in pictures, which PyTorch's numbers are about: of the session where it has them. */
export async function builtInPictures({ data }: TrainSession, source: FileSource): Promise<Dataset> {
  return data.pictures !== undefined && data.own === undefined ? data : loadData(source);
}

/**
 * Loads a pair and the questions it is asked, with their pictures if it reads any. All or nothing.
 * @param environment its own models may stand in pairs that the index does not list (`ownPair`); its `data`, read for the pair's models, take the place of
 *   the built-in ones.
 * @throws EngineError of the files, or `recipe-invalid` for an unknown pair or model, or one model that reads pictures and one that reads none.
 */
export async function openSession(
  environment: {
    source: FileSource;
    device: EngineDevice;
    own?: ReadonlyMap<string, OwnModel>;
    data?: DataReader | undefined;
  },
  pairKey: string,
  onProgress?: (progress: SessionProgress) => void,
): Promise<TrainSession> {
  const { source, device, own } = environment;
  const pair = await findPair(source, pairKey, own);
  refuseHalfBlind(pair);
  const load = (role: 'teacher' | 'student') => {
    const { name, folder } = pair[role];
    const told = (event: LoadEvent) => onProgress?.({ ...event, role });
    return own?.get(name)?.load(told) ?? loadModel(source, `checkpoints/${folder}`, told);
  };
  const told = (event: LoadEvent) => onProgress?.({ ...event, role: 'pictures' });
  const models = Promise.all([load('teacher'), load('student')]);
  const ownData = environment.data;
  const [data, [teacher, student]] = await Promise.all([
    ownData !== undefined
      ? models.then((loaded) => ownData(loaded, told))
      : readsPictures(pair)
        ? loadData(source, told)
        : loadTextData(source),
    models,
  ]);
  return {
    data,
    device,
    cacheBudgets: usualBudgets,
    memoryBudget: memoryOf(device),
    frozen: 'f32',
    pair,
    teacher,
    student,
  };
}

async function findPair(
  source: FileSource,
  key: string,
  own?: ReadonlyMap<string, OwnModel>,
): Promise<PairReport> {
  const { pairs, models } = await readCheckpointIndex(source);
  const listed = pairs.find((pair) => pair.key === key);
  if (listed !== undefined) return listed;
  const names = namesInPair(key);
  if (names === undefined)
    throw new EngineError(
      'recipe-invalid',
      `There is no pair “${key}”.`,
      `Choose among ${pairs.map((pair) => pair.key).join(', ')}.`,
    );
  const named = (name: string): ModelReport => {
    const report = own?.get(name)?.report ?? models.get(name);
    if (report !== undefined) return report;
    throw new EngineError(
      'recipe-invalid',
      `The model “${name}” is not here: a person’s own models stay where they are.`,
      'Open its folder again (“Your own model”), or choose another pair.',
    );
  };
  return ownPair(named(names.teacher), named(names.student));
}

/** What identifies all that a run reads: hashes of the data set and of the two checkpoints. */
export interface RunContents {
  dataHash: string;
  checkpoints: { teacher: string; student: string };
}

export function contentsOf({
  data,
  teacher,
  student,
}: Pick<TrainSession, 'data' | 'teacher' | 'student'>): RunContents {
  return {
    dataHash: data.hash,
    checkpoints: { teacher: teacher.checkpoint.hash, student: student.checkpoint.hash },
  };
}
