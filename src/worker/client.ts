import * as Comlink from 'comlink';
import type { RunSummary, TrainEvent } from '../engine/run/events.ts';
import { toFailure, type EngineFailure } from '../engine/errors.ts';
import { ownNames } from '../engine/models/checkpoints/own-pair.ts';
import { sameOwnData } from '../engine/own-data-key.ts';
import type { Recipe } from '../engine/recipe/recipe.ts';
import type {
  Answered,
  Askable,
  Asked,
  DeviceReport,
  EngineApi,
  Forecast,
  Heard,
  Inspection,
  InspectRequest,
  LoadedPair,
  LoadEvent,
  ModelReport,
  NamedData,
  Origin,
  OwnFile,
  PairReport,
  Reply,
  RunStart,
  SeenData,
  SelfCheckReport,
  SessionProgress,
  WeighedModel,
} from './protocol.ts';

interface Started {
  worker: Worker;
  remote: Comlink.Remote<EngineApi>;
  /** Answers what still waits, should the worker never do it. */
  waiting: Set<(failure: EngineFailure) => void>;
  /** Models that a person brought and it has, by name. */
  given: Set<string>;
}

/**
 * The page's side of the engine: one worker, whose chunk loads when the first request is made. A worker that dies, or whose device is no longer
 * to be trusted, is ended: everything that was asked of it is answered with the reason, and the next request starts a new one.
 */
export class EngineClient {
  private started: Started | undefined;
  /** What a person brought, by the names that its hash gives it: a new worker is given what a pair has of it. */
  private readonly brought = new Map<string, Origin>();
  /** A person's data, for whoever loads them. */
  private readonly data: NamedData[] = [];

  /** Hears why a worker was ended, before those who wait for its answers do. */
  onGone: (failure: EngineFailure) => void = () => undefined;

  open(): Promise<Reply<DeviceReport>> {
    return this.ask((engine) => engine.open());
  }

  pairs(): Promise<Reply<PairReport[]>> {
    return this.ask((engine) => engine.pairs());
  }

  weigh(origin: Origin, role: 'teacher' | 'student', recipe: Recipe): Promise<Reply<WeighedModel>> {
    return this.ask((engine) => engine.weigh(origin, role, recipe));
  }

  bring(
    origin: Origin,
    onProgress: (event: LoadEvent) => void,
    expected?: string,
  ): Promise<Reply<ModelReport>> {
    return this.ask(async (engine, given) => {
      const reply = await engine.bring(origin, Comlink.proxy(onProgress), expected);
      if (!reply.ok) return reply;
      const { name } = reply.value;
      this.brought.set(name, origin);
      given.add(name);
      return reply;
    });
  }

  async readData(
    files: readonly OwnFile[],
    pictures: boolean,
    onProgress: (event: LoadEvent) => void,
  ): Promise<Reply<SeenData>> {
    const reply = await this.ask((engine) => engine.readData(files, pictures, Comlink.proxy(onProgress)));
    if (reply.ok) this.data.push({ key: reply.value.report.key, files });
    return reply;
  }

  /** @param own a person's own data, by their key */
  load(
    pair: string,
    own: string | undefined,
    onProgress: (progress: SessionProgress) => void,
  ): Promise<Reply<LoadedPair>> {
    const files = this.data.findLast(({ key }) => sameOwnData(key, own))?.files;
    const data = own === undefined ? undefined : { key: own, files };
    return this.ask(async (engine, given) => {
      for (const name of ownNames(pair)) {
        const origin = this.brought.get(name);
        if (origin === undefined || given.has(name)) continue;
        const reply = await engine.bring(
          origin,
          Comlink.proxy(() => undefined),
          name,
        );
        if (!reply.ok) return reply;
        given.add(name);
      }
      return engine.load(pair, data, Comlink.proxy(onProgress));
    });
  }

  check(): Promise<Reply<SelfCheckReport>> {
    return this.ask((engine) => engine.check());
  }

  forecast(recipe: Recipe, onCompiled: (done: number) => void): Promise<Reply<Forecast>> {
    return this.ask((engine) => engine.forecast(recipe, Comlink.proxy(onCompiled)));
  }

  foresee(recipe: Recipe): Promise<Reply<Forecast>> {
    return this.ask((engine) => engine.foresee(recipe));
  }

  keep(pairs: readonly string[]): Promise<Reply<void>> {
    return this.ask((engine) => engine.keep(pairs));
  }

  run(
    recipe: Recipe,
    onEvent: (event: TrainEvent) => void,
    start: RunStart,
  ): Promise<Reply<'done' | 'stopped'>> {
    return this.ask((engine) => engine.run(recipe, Comlink.proxy(onEvent), start));
  }

  save(): Promise<Reply<Uint8Array>> {
    return this.ask((engine) => engine.save());
  }

  student(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
    return this.ask((engine) => engine.student(final, origin));
  }

  torchRun(recipe: Recipe, state: Uint8Array | undefined): Promise<Reply<Map<string, Uint8Array>>> {
    return this.ask((engine) => engine.torchRun(recipe, state));
  }

  askable(recipe: Recipe): Promise<Reply<Askable>> {
    return this.ask((engine) => engine.askable(recipe));
  }

  askModels(recipe: Recipe, asked: Asked, onHeard: (heard: Heard) => void): Promise<Reply<Answered>> {
    return this.ask((engine) => engine.ask(recipe, asked, Comlink.proxy(onHeard)));
  }

  inspect(recipe: Recipe, request: InspectRequest): Promise<Reply<Inspection>> {
    return this.ask((engine) => engine.inspect(recipe, request));
  }

  pause(): void {
    void this.started?.remote.pause();
  }

  resume(): void {
    void this.started?.remote.resume();
  }

  step(): void {
    void this.started?.remote.step();
  }

  change(recipe: Recipe): Promise<Reply<void>> {
    return this.ask((engine) => engine.change(recipe));
  }

  stop(): void {
    void this.started?.remote.stop();
  }

  /** Every request settles on its own: a race with a promise that outlives it would keep all answers alive. */
  private ask<T>(
    request: (engine: Comlink.Remote<EngineApi>, given: Started['given']) => Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    const { remote, waiting, given } = this.engine();
    return new Promise((resolve) => {
      const refuse = (failure: EngineFailure) => resolve({ ok: false, failure });
      waiting.add(refuse);
      void request(remote, given)
        .then(resolve, (error: unknown) => refuse(toFailure(error)))
        .finally(() => waiting.delete(refuse));
    });
  }

  private engine(): Started {
    if (this.started === undefined) {
      const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), {
        type: 'module',
        name: new URL('./', document.baseURI).href,
      });
      const started: Started = {
        worker,
        remote: Comlink.wrap<EngineApi>(worker),
        waiting: new Set(),
        given: new Set(),
      };
      this.started = started;
      worker.addEventListener('error', ({ message }) => this.end(started, crash(message)));
      void this.watch(started);
    }
    return this.started;
  }

  /** A worker that is killed sends no event, but it gives its lock back. */
  private async watch(started: Started): Promise<void> {
    const { remote } = started;
    void remote.untilLost().then((failure) => this.end(started, failure));
    if (!('locks' in navigator)) return;
    const lock = `genrecal-engine-${crypto.randomUUID()}`;
    await remote.hold(lock);
    await navigator.locks.request(lock, () => this.end(started, crash()));
  }

  private end(started: Started, failure: EngineFailure): void {
    if (this.started !== started) return;
    this.started = undefined;
    started.worker.terminate();
    this.onGone(failure);
    for (const refuse of started.waiting) refuse(failure);
  }
}

function crash(message = ''): EngineFailure {
  return {
    code: 'engine-lost',
    message: `The training engine stopped${message === '' ? '.' : `: ${message}`}`,
    action: 'Check the connection and try again.',
  };
}
