import type { PairReport } from '../engine/checkpoints/checkpoint-index.ts';
import type { DeviceReport } from '../engine/device/open-device.ts';
import type { RunSummary, TrainEvent } from '../engine/distill/events.ts';
import type { Forecast } from '../engine/distill/forecast.ts';
import type { EngineFailure } from '../engine/errors.ts';
import type { Recipe } from '../engine/recipe/schema.ts';
import type { SessionProgress } from '../engine/session.ts';

export type { DeviceReport, Forecast, PairReport, SessionProgress };
export type { ModelReport } from '../engine/checkpoints/checkpoint-index.ts';

/** Types only: what crosses between the page and the engine's worker. */

export type Reply<T> = { ok: true; value: T } | { ok: false; failure: EngineFailure };

/**
 * The worker's surface, called through comlink. Calls are serialised in the worker, except `pause`, `step`, `resume` and `stop`,
 * which act on the running training between two steps. Nothing throws across the thread: failures are values.
 */
export interface EngineApi {
  /** Asks for an adapter and a device. */
  open(): Promise<Reply<DeviceReport>>;
  /** Pairs that can be loaded, from checkpoints/index.json. */
  pairs(): Promise<Reply<PairReport[]>>;
  /** Loads both models and the pictures; nothing stays half-loaded on failure. */
  load(pair: string, onProgress: (progress: SessionProgress) => void): Promise<Reply<PairReport>>;
  /** What the recipe will take on this device, in time and memory; the loaded pair's. The first call measures the device for about a second. */
  forecast(recipe: Recipe): Promise<Reply<Forecast>>;
  /** Trains; resolves when the run is done, stopped or failed. With `restore`, continues a saved state. */
  run(
    recipe: Recipe,
    onEvent: (event: TrainEvent) => void,
    restore?: Uint8Array,
  ): Promise<Reply<'done' | 'stopped'>>;
  pause(): void;
  resume(): void;
  /** Does one step and pauses again. */
  step(): void;
  stop(): void;
  /** Whole state of the current run, or of the latest one as it ended. */
  save(): Promise<Reply<Uint8Array>>;
  /** The student of the latest run, when it is done, as the files of a checkpoint folder. `origin` says in its card how it was made. */
  student(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>>;
}
