import { EngineError } from '../engine/errors.ts';

/** How a run moves between two steps. */
type Mode = 'running' | 'paused' | 'stepping' | 'stopped';

/**
 * Pause, step, resume and stop of one run. The run asks at the end of every step; commands only ever take effect there, so
 * nothing is left half done.
 */
export class RunControl {
  private mode: Mode = 'running';
  private wake: (() => void) | undefined;
  private readonly requests: { run: () => Promise<void>; refuse: () => void }[] = [];

  pause(): void {
    if (this.mode !== 'stopped') this.mode = 'paused';
  }

  resume(): void {
    this.move('running');
  }

  /** One step, then pause again. */
  step(): void {
    this.move('stepping');
  }

  stop(): void {
    this.move('stopped');
  }

  get stopped(): boolean {
    return this.mode === 'stopped';
  }

  /** True when a person watches single steps: their numbers must come at once. */
  get watching(): boolean {
    return this.mode !== 'running';
  }

  /**
   * Runs `task` between two steps and resolves with its result.
   * @throws EngineError `engine-busy` when the run ends before.
   */
  betweenSteps<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.requests.push({
        run: () => task().then(resolve, reject),
        refuse: () => reject(new EngineError('engine-busy', 'The run has just ended.', 'Try again.')),
      });
      this.wake?.();
    });
  }

  /**
   * Called after each step: serves waiting requests and holds the run while it is paused.
   * @param onPause told once when the run comes to rest, and once when it moves on.
   */
  async gate(onPause: (paused: boolean) => void): Promise<void> {
    await macrotask();
    await this.serve();
    if (this.mode === 'stepping') this.mode = 'paused';
    if (this.mode !== 'paused') return;
    onPause(true);
    while ((this.mode as Mode) === 'paused') {
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
      await this.serve();
    }
    if (!this.stopped) onPause(false);
  }

  /** Runs the requests that wait; called wherever nothing of the run is half done. */
  async serve(): Promise<void> {
    for (let next = this.requests.shift(); next !== undefined; next = this.requests.shift()) await next.run();
  }

  /** Refuses what is still waiting: there is no next step. */
  close(): void {
    for (const { refuse } of this.requests.splice(0)) refuse();
  }

  private move(mode: Mode): void {
    if (this.mode === 'stopped') return;
    this.mode = mode;
    this.wake?.();
  }
}

/** Lets messages from the page in; promises alone never do. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
