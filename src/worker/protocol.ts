import type { PairArchitecture } from '../engine/models/checkpoints/architecture.ts';
import type { ModelReport, PairReport } from '../engine/models/checkpoints/checkpoint-index.ts';
import type { LoadEvent } from '../engine/models/checkpoints/load-checkpoint.ts';
import type { DeviceReport } from '../engine/device/open-device.ts';
import type { RunSummary, TrainEvent } from '../engine/run/events.ts';
import type { RunContents } from '../engine/run/record.ts';
import type { Forecast } from '../engine/experiment/rehearsal.ts';
import type { SelfCheckReport } from '../engine/experiment/self-check.ts';
import type { EngineFailure } from '../engine/errors.ts';
import type { Answered, Heard } from '../engine/inspect/ask.ts';
import type { Askable, Asked } from '../engine/inspect/asked.ts';
import type { Inspection, InspectRequest } from '../engine/inspect/inspect.ts';
import type { Recipe } from '../engine/recipe/recipe.ts';
import type { SessionProgress } from '../engine/session.ts';
import type { OwnFile } from '../engine/own-file.ts';
import type { HubModel } from './own/hub-name.ts';
import type { Origin } from './own/origin.ts';
import type { NamedData, SeenData } from './own/own-data-reader.ts';
import type { WeighedModel } from './own/own-models.ts';

export type { DeviceReport, Forecast, PairArchitecture, PairReport, SelfCheckReport, SessionProgress };
export type { Answered, Askable, Asked, Heard, Inspection, InspectRequest };
export type { ModelArchitecture } from '../engine/models/checkpoints/architecture.ts';
export type { HubModel, LoadEvent, ModelReport, NamedData, Origin, OwnFile, SeenData, WeighedModel };

/** Types only: what crosses between the page and the engine's worker. */

export type Reply<T> = { ok: true; value: T } | { ok: false; failure: EngineFailure };

/** A loaded pair: what its models are made of, and what identifies all that a run on it reads. */
export interface LoadedPair {
  pair: PairReport;
  architecture: PairArchitecture;
  contents: RunContents;
}

/** How a run moves between two steps. */
export type RunMode = 'running' | 'paused' | 'stepping' | 'stopped';

/** Where and how a run begins. */
export interface RunStart {
  /** A saved state (`encodeState`) that it goes on from, bit for bit. */
  state?: Uint8Array;
  mode: RunMode;
  /** What it follows after the updates `step`: live changes that the saved state does not know of yet. */
  changes: readonly { step: number; recipe: Recipe }[];
}

/**
 * The worker's surface, called through comlink. Calls are serialised in the worker, except `pause`, `step`, `resume`, `stop`, `save`,
 * `ask` and `inspect`, which act on the running training between two steps. Nothing throws across the thread: failures are values.
 */
export interface EngineApi {
  /** Asks for an adapter and a device. */
  open(): Promise<Reply<DeviceReport>>;
  /** Resolves when the device is gone or can no longer be trusted; the worker is then of no more use. */
  untilLost(): Promise<EngineFailure>;
  /** Resolves when the worker holds the Web Lock `name`, which it does until it dies. */
  hold(name: string): Promise<void>;
  /** Pairs that can be loaded, from checkpoints/index.json. */
  pairs(): Promise<Reply<PairReport[]>>;
  /**
   * What a person's model is, and what the recipe would take with it as one half of the loaded pair; its weights are not read. What cannot
   * be honoured is refused.
   */
  weigh(origin: Origin, role: 'teacher' | 'student', recipe: Recipe): Promise<Reply<WeighedModel>>;
  /**
   * Reads a person's model; from then on pairs may name it (`ownPair`). What cannot be honoured is refused before its weights are read, and
   * what is loaded stays.
   * @param expected its name, where only that model will do
   */
  bring(
    origin: Origin,
    onProgress: (event: LoadEvent) => void,
    expected?: string,
  ): Promise<Reply<ModelReport>>;
  /**
   * What a person's questions are, about pictures or of text alone, for the loaded pair where there is one of that kind; what is loaded stays.
   * @param pictures whether they are to be about pictures
   */
  readData(
    files: readonly OwnFile[],
    pictures: boolean,
    onProgress: (event: LoadEvent) => void,
  ): Promise<Reply<SeenData>>;
  /**
   * Loads both models and the pictures, and says what they are made of; nothing stays half-loaded on failure.
   * @param data a person's own, in place of the built-in ones
   */
  load(
    pair: string,
    data: NamedData | undefined,
    onProgress: (progress: SessionProgress) => void,
  ): Promise<Reply<LoadedPair>>;
  /**
   * Compares the device with PyTorch, once a build; the kernels that compute rightly are used from then on. After `device-wrong` nothing runs.
   * A pair must be loaded.
   */
  check(): Promise<Reply<SelfCheckReport>>;
  /**
   * What the recipe will take on this device, in time and memory; the loaded pair's. The first call measures the device for about a second.
   * Its kernels compile from then on, until a run or another recipe comes; `onCompiled` hears the share done, 0–1.
   */
  forecast(recipe: Recipe, onCompiled: (done: number) => void): Promise<Reply<Forecast>>;
  /** The same of a recipe that somebody only thinks of: nothing is compiled. */
  foresee(recipe: Recipe): Promise<Reply<Forecast>>;
  /** Fetches what pairs are made of where it is not kept yet, for visits without a network. */
  keep(pairs: readonly string[]): Promise<Reply<void>>;
  /** Trains; resolves when the run is done, stopped or failed. */
  run(
    recipe: Recipe,
    onEvent: (event: TrainEvent) => void,
    start: RunStart,
  ): Promise<Reply<'done' | 'stopped'>>;
  pause(): void;
  resume(): void;
  /** Does one step and pauses again. */
  step(): void;
  stop(): void;
  /** Makes the run that is going on follow another recipe from its next step on; only live fields may differ. */
  change(recipe: Recipe): Promise<Reply<void>>;
  /** Whole state of the current run, or of the latest one as it ended. */
  save(): Promise<Reply<Uint8Array>>;
  /** The student of the latest run, when it is done, as the files of a checkpoint folder, adapters by themselves among them (`studentFiles`). `origin` says in its card how it was made. */
  student(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>>;
  /**
   * A run as files that pytorch/distil.py goes on from: from the saved state (`encodeState`) of a run, or a recipe from its beginning, for which the
   * teacher may have to answer first. The recipe's pair must be loaded.
   */
  torchRun(recipe: Recipe, state: Uint8Array | undefined): Promise<Reply<Map<string, Uint8Array>>>;
  /** Pictures and questions to begin from. */
  askable(recipe: Recipe): Promise<Reply<Askable>>;
  /** Asks every model there is: of the run going on (between two of its steps), of the last one, or as loaded. Heard token by token. */
  ask(recipe: Recipe, asked: Asked, onHeard: (heard: Heard) => void): Promise<Reply<Answered>>;
  /** Both models' probabilities on one question, measured now; of the same models as `ask`. */
  inspect(recipe: Recipe, request: InspectRequest): Promise<Reply<Inspection>>;
}
