import { describeState } from '../engine/distill/saved-state.ts';
import type { Reply } from '../worker/protocol.ts';
import type { Recorder } from './recorder.ts';
import { runRow } from './run-row.ts';
import type { Resumable } from './runs-slice.ts';

/** ms from the first step to the first state, and between two states. */
const firstAfter = 10_000;
const every = 60_000;

/**
 * Saves the state of a run that goes on, between two steps: every minute, when the page is hidden, when the run is paused or stopped.
 * What is saved takes the place of the state before.
 */
export class Autosave {
  private readonly timer: ReturnType<typeof setInterval>;
  private started: number | undefined;
  private latest = { at: -Infinity, step: 0 };
  private busy: Promise<void> | undefined;

  constructor(
    private readonly recorder: Recorder,
    private readonly save: () => Promise<Reply<Uint8Array>>,
    private readonly onSaved: (about: Resumable) => void,
  ) {
    this.timer = setInterval(this.tick, 1000);
    document.addEventListener('visibilitychange', this.hidden);
  }

  /** @param cutOff whether the run would be one that nobody stopped, if the page were closed now. */
  now(cutOff: boolean): Promise<void> {
    if (this.recorder.step === 0) return Promise.resolve();
    this.busy ??= this.write(cutOff).finally(() => (this.busy = undefined));
    return this.busy;
  }

  /** Resolves when nothing more will be written on its own. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.hidden);
    await this.busy;
  }

  private async write(cutOff: boolean): Promise<void> {
    const { recorder } = this;
    const result = await this.save();
    const { record } = recorder;
    if (!result.ok || record === undefined) return;
    const { step } = describeState(result.value);
    const { name, totalSteps, id } = runRow(record);
    const about = { id, name, step, totalSteps, savedAt: new Date().toISOString(), cutOff };
    await recorder.write({ about, bytes: result.value });
    this.latest = { at: performance.now(), step };
    this.onSaved(about);
  }

  private readonly tick = () => {
    if (this.recorder.step === 0) return;
    this.started ??= performance.now();
    if (this.recorder.step === this.latest.step) return;
    const due = Math.max(this.started + firstAfter, this.latest.at + every);
    if (this.recorder.paused || performance.now() >= due) void this.now(true);
  };

  private readonly hidden = () => {
    if (document.visibilityState === 'hidden') void this.now(true);
  };
}
