import { EngineError } from '../engine/errors.ts';

interface Waiting {
  run(): Promise<void>;
  refuse(): void;
}

/** Tasks that wait for their turn. Whoever adds one learns of its result or its failure, or that its turn will not come. */
export class RequestQueue {
  private readonly waiting: Waiting[] = [];

  /** @throws EngineError `engine-busy` when the task is refused. */
  add<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push({
        run: async () => {
          try {
            resolve(await task());
          } catch (error) {
            reject(error);
          }
        },
        refuse: () => reject(new EngineError('engine-busy', 'The run has just ended.', 'Try again.')),
      });
    });
  }

  /** Runs the first of them; false where none waits. */
  async serveNext(): Promise<boolean> {
    const next = this.waiting.shift();
    await next?.run();
    return next !== undefined;
  }

  moveTo(other: RequestQueue): void {
    other.waiting.push(...this.waiting.splice(0));
  }

  refuse(): void {
    for (const { refuse } of this.waiting.splice(0)) refuse();
  }
}
