import type { RunMode } from './protocol.ts';
import { RequestQueue } from './request-queue.ts';

/** A run that is over has ended or failed, and nothing of it may be looked at any more. */
type Mode = RunMode | 'over';

/**
 * Pause, step, resume and stop of one run. The run asks at the end of every step and before the first of each stage; commands only ever take
 * effect there, so nothing is left half done.
 */
export class RunControl {
  private wake: (() => void) | undefined;
  private readonly requests = new RequestQueue();

  constructor(private mode: Mode = 'running') {}

  pause(): void {
    if (!this.ending) this.mode = 'paused';
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

  get over(): boolean {
    return this.mode === 'over';
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
    const result = this.requests.add(task);
    if (this.over) this.requests.refuse();
    this.wake?.();
    return result;
  }

  /** Takes over what waits elsewhere for its turn. */
  adopt(requests: RequestQueue): void {
    requests.moveTo(this.requests);
  }

  /** Called after each step: serves waiting requests and holds the run while it is paused. */
  async gate(onPause: (paused: boolean) => void): Promise<void> {
    await macrotask();
    await this.serve();
    if (this.mode === 'stepping') this.mode = 'paused';
    await this.hold(onPause);
  }

  /**
   * Holds the run while it is paused.
   * @param onPause told once when the run comes to rest, and once when it moves on.
   */
  async hold(onPause: (paused: boolean) => void): Promise<void> {
    await this.serve();
    if (this.mode !== 'paused') return;
    onPause(true);
    while ((this.mode as Mode) === 'paused') {
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
      await this.serve();
    }
    if (!this.ending) onPause(false);
  }

  /** Runs the requests that wait; called wherever nothing of the run is half done. */
  async serve(): Promise<void> {
    while (!this.over && (await this.requests.serveNext()));
  }

  /** Refuses what waits and whatever is still asked: there is no next step, and perhaps no student that could be looked at. */
  close(): void {
    this.mode = 'over';
    this.requests.refuse();
    this.wake?.();
  }

  private get ending(): boolean {
    return this.stopped || this.over;
  }

  private move(mode: Mode): void {
    if (this.ending) return;
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
