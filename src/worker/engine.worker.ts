import * as Comlink from 'comlink';
import { readPairs } from '../engine/models/checkpoints/checkpoint-index.ts';
import { httpSource, type FileSource } from '../engine/models/checkpoints/source.ts';
import { openDevice, type EngineDevice } from '../engine/device/open-device.ts';
import type { RunSummary } from '../engine/run/events.ts';
import { selfCheck, type SelfCheckReport } from '../engine/experiment/self-check.ts';
import { nobody, type Standing } from '../engine/run/standing.ts';
import { readState } from '../engine/experiment/restore.ts';
import { studentFiles } from '../engine/export/student-files.ts';
import { Trainer } from '../engine/experiment/trainer.ts';
import { EngineError, type EngineFailure } from '../engine/errors.ts';
import { ask, type Answered, type Heard } from '../engine/inspect/ask.ts';
import { askable, type Askable, type Asked } from '../engine/inspect/asked.ts';
import { inspect, type Inspection, type InspectRequest } from '../engine/inspect/inspect.ts';
import type { Recipe } from '../engine/recipe/recipe.ts';
import { builtInPictures, openSession, type DataReader, type TrainSession } from '../engine/session.ts';
import { drive, Listener } from './drive.ts';
import { Forecasts } from './forecasts.ts';
import { holdLock } from './hold-lock.ts';
import { keepPairs } from '../engine/models/checkpoints/keep-pairs.ts';
import { loadedPair, sessionFor } from './loaded-pair.ts';
import type {
  DeviceReport,
  EngineApi,
  Forecast,
  LoadedPair,
  PairReport,
  Reply,
  WeighedModel,
} from './protocol.ts';
import { openCache } from './open-cache.ts';
import { decodePicture } from './own/decode-picture.ts';
import { OwnDataReader } from './own/own-data-reader.ts';
import { OwnModels } from './own/own-models.ts';
import { rememberedCheck } from './remembered-check.ts';
import { rememberVariant, rememberedVariant } from './remembered-variant.ts';
import { Replies } from './replies.ts';
import { RequestQueue } from './request-queue.ts';
import { RunControl } from './run-control.ts';
import { webglRenderer } from './webgl-renderer.ts';

/** The engine's thread: owns the device, what is loaded and the one run. Requests that change these wait for each other. */
class EngineThread implements EngineApi {
  private device: EngineDevice | undefined;
  private session: TrainSession | undefined;
  /** Why nothing may run on the device. */
  private refusal: EngineError | undefined;
  private active: { control: RunControl; trainer: Trainer; listener: Listener } | undefined;
  /** Of the latest run, kept until the next one for those who look at its students, its state or its files. */
  private latest: { trainer: Trainer; recipe: Recipe } | undefined;
  /** Looks that wait for their turn. */
  private readonly looks = new RequestQueue();
  private readonly replies = new Replies();
  private readonly forecasts = new Forecasts(() => this.active !== undefined);
  private readonly source: Promise<FileSource>;
  private readonly own = new OwnModels();
  private readonly ownData = new OwnDataReader(decodePicture);

  constructor(base: URL) {
    this.source = openCache().then((cache) => httpSource(base, cache));
  }

  open(): Promise<Reply<DeviceReport>> {
    return this.replies.inTurn(async () => {
      if (this.device === undefined) {
        this.device = await openDevice({
          gpu: navigator.gpu,
          isSecureContext: self.isSecureContext,
          chooseVariant: rememberedVariant,
          renderer: webglRenderer,
        });
        void this.device.lost.then((failure) => this.replies.lose(failure));
      }
      return this.opened().report;
    });
  }

  untilLost(): Promise<EngineFailure> {
    return this.replies.lost;
  }

  hold(name: string): Promise<void> {
    return holdLock(name);
  }

  pairs(): Promise<Reply<PairReport[]>> {
    return this.replies.inTurn(async () => readPairs(await this.source));
  }

  weigh(...[origin, role, recipe]: Parameters<EngineApi['weigh']>): Promise<Reply<WeighedModel>> {
    return this.replies.inTurn(() => this.own.weigh(origin, role, this.loaded(recipe), recipe));
  }

  bring(...asked: Parameters<EngineApi['bring']>): ReturnType<EngineApi['bring']> {
    return this.replies.inTurn(() => this.own.bring(...asked));
  }

  readData(
    ...[files, pictures, onProgress]: Parameters<EngineApi['readData']>
  ): ReturnType<EngineApi['readData']> {
    return this.replies.inTurn(() => this.ownData.look(files, pictures, this.session, onProgress));
  }

  load(...[pair, named, onProgress]: Parameters<EngineApi['load']>): Promise<Reply<LoadedPair>> {
    return this.replies.inTurn(async () => {
      const device = this.opened();
      this.forecasts.forget();
      this.forget();
      const source = await this.source;
      const data: DataReader | undefined = named && ((...read) => this.ownData.open(named, ...read));
      this.session = await openSession({ source, device, own: this.own.byName, data }, pair, onProgress);
      return loadedPair(this.session);
    });
  }

  check(): Promise<Reply<SelfCheckReport>> {
    return this.replies.inTurn(async () => {
      const device = this.opened();
      const { session } = this;
      if (session === undefined)
        throw new EngineError('engine-busy', 'No pair is loaded.', 'Load one first.');
      try {
        const source = await this.source;
        const checked = await rememberedCheck(device, async () =>
          selfCheck({ source, device }, await builtInPictures(session, source)),
        );
        device.report.variant = checked.variant;
        // A device that is opened later must begin with it.
        await rememberVariant(device.report.adapter, checked.variant);
        return checked;
      } catch (error) {
        if (error instanceof EngineError && error.code === 'device-wrong') this.refusal = error;
        throw error;
      }
    });
  }

  forecast(...[recipe, onCompiled]: Parameters<EngineApi['forecast']>): ReturnType<EngineApi['forecast']> {
    return this.replies.inTurn(() => this.forecasts.look(this.runnable(recipe), recipe, onCompiled));
  }

  foresee(recipe: Recipe): Promise<Reply<Forecast>> {
    return this.replies.inTurn(() => this.forecasts.foresee(this.runnable(recipe), recipe));
  }

  /** Beside whatever else goes on: it takes nothing but the network. */
  keep(keys: readonly string[]): Promise<Reply<void>> {
    return this.replies.atOnce(async () => keepPairs(await this.source, keys));
  }

  run(...[recipe, onEvent, start]: Parameters<EngineApi['run']>): ReturnType<EngineApi['run']> {
    const { state, mode, changes } = start;
    return this.replies.inTurn(async () => {
      const session = this.loaded(recipe);
      const control = new RunControl(mode);
      this.forget();
      const trainer = new Trainer(session, recipe, state);
      for (const change of changes) trainer.change(change.recipe, change.step);
      const listener = new Listener(onEvent);
      this.active = { control, trainer, listener };
      // Looks that came before the run would otherwise wait for its end.
      control.adopt(this.looks);
      try {
        const result = await drive(trainer, control, listener);
        this.latest = { trainer, recipe };
        return result;
      } catch (error) {
        // Half a step may be done: nobody may save it any more.
        control.close();
        trainer.dispose();
        throw error;
      } finally {
        this.active = undefined;
        control.close();
      }
    });
  }

  pause(): void {
    this.active?.control.pause();
  }

  resume(): void {
    this.active?.control.resume();
  }

  step(): void {
    this.active?.control.step();
  }

  stop(): void {
    this.active?.control.stop();
  }

  change(recipe: Recipe): Promise<Reply<void>> {
    return this.replies.atOnce(() => {
      if (this.active === undefined)
        throw new EngineError('engine-busy', 'No run is going on.', 'Start a run first.');
      this.active.trainer.change(recipe);
      return Promise.resolve();
    });
  }

  async save(): Promise<Reply<Uint8Array>> {
    const { active, latest } = this;
    const result = await (active === undefined
      ? this.replies.inTurn(() => over(latest).trainer.save())
      : this.replies.atOnce(() =>
          active.control.betweenSteps(async () => {
            // Whoever keeps the state has then heard everything that comes before it.
            await active.listener.heard();
            return active.trainer.save();
          }),
        ));
    return result.ok ? Comlink.transfer(result, [result.value.buffer]) : result;
  }

  student(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
    return this.replies.inTurn(async () => {
      const { trainer, recipe } = over(this.latest);
      return studentFiles(trainer, this.loaded(recipe), recipe, final, { command: origin });
    });
  }

  torchRun(recipe: Recipe, state: Uint8Array | undefined): Promise<Reply<Map<string, Uint8Array>>> {
    const written = async () => {
      const session = this.loaded(recipe);
      const { torchRun } = await import('../engine/export/torch-run.ts');
      return torchRun(session, recipe, state && readState(state, session, recipe));
    };
    // What a state has takes nothing of the device, and a run may be going on.
    return state === undefined ? this.replies.inTurn(written) : this.replies.atOnce(written);
  }

  askable(recipe: Recipe): Promise<Reply<Askable>> {
    return this.replies.atOnce(async () => askable(this.loaded(recipe), recipe));
  }

  ask(recipe: Recipe, asked: Asked, onHeard: (heard: Heard) => void): Promise<Reply<Answered>> {
    return this.look((standing) => ask(this.loaded(recipe), recipe, asked, standing, onHeard));
  }

  inspect(recipe: Recipe, request: InspectRequest): Promise<Reply<Inspection>> {
    return this.look((standing) => inspect(this.loaded(recipe), recipe, request, standing));
  }

  /** Runs `task` on the students there are: between two steps of the run going on, or when nothing else runs. */
  private look<T>(task: (standing: Standing) => Promise<T>): Promise<Reply<T>> {
    const look = () => {
      const standing = (this.active ?? this.latest)?.trainer.standing() ?? nobody;
      return task(standing);
    };
    return this.replies.atOnce(() => {
      if (this.active !== undefined) return this.active.control.betweenSteps(look);
      const result = this.looks.add(look);
      void this.replies.inTurn(() => this.looks.serveNext());
      return result;
    });
  }

  /** Frees what the latest run left on the GPU. */
  private forget(): void {
    this.latest?.trainer.dispose();
    this.latest = undefined;
  }

  /** What is loaded, on a device that may run. */
  private runnable(recipe: Recipe): TrainSession {
    this.opened();
    return this.loaded(recipe);
  }

  private loaded(recipe: Recipe): TrainSession {
    return sessionFor(recipe, this.session);
  }

  private opened(): EngineDevice {
    if (this.device === undefined)
      throw new EngineError(
        'engine-busy',
        'The graphics device is not open yet.',
        'Wait a moment and try again.',
      );
    if (this.refusal !== undefined) throw this.refusal;
    return this.device;
  }
}

function over<T>(latest: T | undefined): T {
  if (latest !== undefined) return latest;
  throw new EngineError('engine-busy', 'The run is no longer in the engine.', 'Run its recipe again.');
}

// The page tells where its public files are; the worker's own address depends on the bundler.
Comlink.expose(new EngineThread(new URL(self.name)));
