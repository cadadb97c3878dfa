import type { TrainEvent } from '../../engine/run/events.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import type { Reply } from '../../worker/protocol.ts';
import type { Recorder } from './recorder.ts';
import { runRow } from './run-row.ts';
import type { SavePoint } from '../slices/runs-slice.ts';

/** ms between two states: what is repeated after the page was killed, and a step or two. */
const every = 10_000;
/** Times as long as a state takes: where saving is slow, it is done less often, and costs the run 4 % of its time at most. */
const restAfterSaving = 25;

/**
 * Keeps a run from which one can go on: its beginning, then its state after the first update, every few seconds, when the page is hidden and when
 * the run is paused or stopped. What is saved takes the place of the state before. Moved by the run's own events, because browsers hold
 * back the timers of hidden pages.
 */
export class Autosave {
  private latest: { at: number; step: number } | undefined;
  /** ms for which the latest state held the run up. */
  private cost = 0;
  private heardAt = 0;
  private busy: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly recorder: Recorder,
    private readonly save: () => Promise<Reply<Uint8Array>>,
    private readonly onSaved: (about: SavePoint) => void,
  ) {
    document.addEventListener('visibilitychange', this.hidden);
  }

  /** Keeps that the run has begun, so that it can begin again. */
  begin(): void {
    void this.keep(this.about(0, true));
  }

  /** Hears every event of the run, after the recorder. */
  take(event: TrainEvent): void {
    this.heardAt = performance.now();
    if (event.type === 'paused') void this.rest();
    else if (event.type === 'step' && this.due()) void this.now(true);
  }

  /** @param cutOff whether the run would be one that nobody stopped, if the page were closed now. */
  now(cutOff: boolean): Promise<void> {
    if (this.recorder.step === 0) return Promise.resolve();
    this.busy ??= this.write(cutOff).finally(() => (this.busy = undefined));
    return this.busy;
  }

  /** Resolves when nothing more will be written on its own. */
  async end(): Promise<void> {
    document.removeEventListener('visibilitychange', this.hidden);
    this.ended = true;
    await this.busy;
  }

  /** Saves where the run has come to, also where an earlier state is still being written. */
  private async rest(): Promise<void> {
    await this.busy;
    if (!this.ended && this.recorder.step !== this.latest?.step) await this.now(true);
  }

  private due(): boolean {
    if (this.latest === undefined) return true;
    return performance.now() - this.latest.at >= Math.max(every, restAfterSaving * this.cost);
  }

  private async write(cutOff: boolean): Promise<void> {
    const result = await this.save();
    const at = performance.now();
    // Between two events of the run nothing else happens: it waited from the latest one on.
    this.cost = at - this.heardAt;
    this.latest = { at, step: this.latest?.step ?? 0 };
    if (!result.ok) return;
    const { step } = describeState(result.value);
    this.latest = { at, step };
    await this.keep(this.about(step, cutOff), result.value);
  }

  private async keep(about: SavePoint, bytes?: Uint8Array): Promise<void> {
    await this.recorder.write({ about, bytes });
    this.onSaved(about);
  }

  private about(step: number, cutOff: boolean): SavePoint {
    const { id, name, totalSteps } = runRow(this.recorder.record);
    return { id, name, step, totalSteps, savedAt: new Date().toISOString(), cutOff };
  }

  private readonly hidden = () => {
    if (document.visibilityState === 'hidden') void this.rest();
  };
}
