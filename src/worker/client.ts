import * as Comlink from 'comlink';
import type { RunSummary, TrainEvent } from '../engine/distill/events.ts';
import { EngineError, toFailure } from '../engine/errors.ts';
import type { Recipe } from '../engine/recipe/schema.ts';
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
  PairArchitecture,
  PairReport,
  Reply,
  SelfCheckReport,
  SessionProgress,
} from './protocol.ts';

/** The page's side of the engine: one worker, whose chunk loads when the first request is made. */
export class EngineClient {
  private started: { remote: Comlink.Remote<EngineApi>; broken: Promise<never> } | undefined;

  open(): Promise<Reply<DeviceReport>> {
    return this.ask((engine) => engine.open());
  }

  pairs(): Promise<Reply<PairReport[]>> {
    return this.ask((engine) => engine.pairs());
  }

  load(pair: string, onProgress: (progress: SessionProgress) => void): Promise<Reply<PairArchitecture>> {
    return this.ask((engine) => engine.load(pair, Comlink.proxy(onProgress)));
  }

  check(): Promise<Reply<SelfCheckReport>> {
    return this.ask((engine) => engine.check());
  }

  forecast(recipe: Recipe, onCompiled: (done: number) => void): Promise<Reply<Forecast>> {
    return this.ask((engine) => engine.forecast(recipe, Comlink.proxy(onCompiled)));
  }

  keep(pairs: readonly string[]): Promise<Reply<void>> {
    return this.ask((engine) => engine.keep(pairs));
  }

  run(
    recipe: Recipe,
    onEvent: (event: TrainEvent) => void,
    restore?: Uint8Array,
  ): Promise<Reply<'done' | 'stopped'>> {
    return this.ask((engine) => engine.run(recipe, Comlink.proxy(onEvent), restore));
  }

  save(): Promise<Reply<Uint8Array>> {
    return this.ask((engine) => engine.save());
  }

  student(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
    return this.ask((engine) => engine.student(final, origin));
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
    void this.engine().remote.pause();
  }

  resume(): void {
    void this.engine().remote.resume();
  }

  step(): void {
    void this.engine().remote.step();
  }

  change(recipe: Recipe): Promise<Reply<void>> {
    return this.ask((engine) => engine.change(recipe));
  }

  stop(): void {
    void this.engine().remote.stop();
  }

  /** A worker that cannot start never answers; its error event stands in for the answer. */
  private async ask<T>(request: (engine: Comlink.Remote<EngineApi>) => Promise<Reply<T>>): Promise<Reply<T>> {
    const { remote, broken } = this.engine();
    try {
      return await Promise.race([request(remote), broken]);
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  private engine(): NonNullable<typeof this.started> {
    if (this.started === undefined) {
      const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), {
        type: 'module',
        name: new URL('./', document.baseURI).href,
      });
      const broken = new Promise<never>((_, reject) => {
        worker.addEventListener('error', (event) => {
          // The next request starts a new worker.
          this.started = undefined;
          worker.terminate();
          const cause = event.message ? `: ${event.message}` : '.';
          reject(
            new EngineError(
              'internal',
              `The training engine stopped${cause}`,
              'Check the connection and try again.',
            ),
          );
        });
      });
      broken.catch(() => undefined);
      this.started = { remote: Comlink.wrap<EngineApi>(worker), broken };
    }
    return this.started;
  }
}
