import * as Comlink from 'comlink';
import type { TrainEvent } from '../engine/distill/events.ts';
import type { Recipe } from '../engine/recipe/schema.ts';
import type { DeviceReport, EngineApi, PairReport, Reply, SessionProgress } from './protocol.ts';

/** The page's side of the engine: one worker, whose chunk loads when the first request is made. */
export class EngineClient {
  private remote: Comlink.Remote<EngineApi> | undefined;

  open(): Promise<Reply<DeviceReport>> {
    return this.api().open();
  }

  pairs(): Promise<Reply<PairReport[]>> {
    return this.api().pairs();
  }

  load(pair: string, onProgress: (progress: SessionProgress) => void): Promise<Reply<PairReport>> {
    return this.api().load(pair, Comlink.proxy(onProgress));
  }

  run(recipe: Recipe, onEvent: (event: TrainEvent) => void): Promise<Reply<'done' | 'stopped'>> {
    return this.api().run(recipe, Comlink.proxy(onEvent));
  }

  pause(): void {
    void this.api().pause();
  }

  resume(): void {
    void this.api().resume();
  }

  step(): void {
    void this.api().step();
  }

  stop(): void {
    void this.api().stop();
  }

  private api(): Comlink.Remote<EngineApi> {
    if (this.remote === undefined) {
      const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), {
        type: 'module',
        name: new URL('./', document.baseURI).href,
      });
      this.remote = Comlink.wrap<EngineApi>(worker);
    }
    return this.remote;
  }
}
