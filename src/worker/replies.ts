import { toFailure, type EngineFailure } from '../engine/errors.ts';
import type { Reply } from './protocol.ts';

/** ms that a failure waits for the loss of the device that may be its cause. */
const lossPatience = 300;

/** Makes replies of what requests come to: failures are values, and what a lost device lets fail is answered with its loss. */
export class Replies {
  /** Resolves when the device is no longer to be trusted, with the reason. */
  readonly lost: Promise<EngineFailure>;
  private queue: Promise<unknown> = Promise.resolve();
  /** Why the device is no longer to be trusted. */
  private gone: EngineFailure | undefined;
  private resolve: (failure: EngineFailure) => void = () => undefined;

  constructor() {
    this.lost = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Called when the device is lost. */
  lose(failure: EngineFailure): void {
    this.gone = failure;
    this.resolve(failure);
  }

  /** Nothing interleaves at an await: a second load or run starts when the first is over. */
  inTurn<T>(task: () => Promise<T>): Promise<Reply<T>> {
    const result = this.queue.then(() => this.atOnce(task));
    this.queue = result;
    return result;
  }

  /** Beside whatever else goes on. */
  async atOnce<T>(task: () => Promise<T>): Promise<Reply<T>> {
    try {
      return { ok: true, value: await task() };
    } catch (error) {
      // Whatever fails on a lost device fails because of that, in words that help nobody, and perhaps before the loss is told.
      if (this.gone === undefined) await new Promise((resolve) => setTimeout(resolve, lossPatience));
      return { ok: false, failure: this.gone ?? toFailure(error) };
    }
  }
}
