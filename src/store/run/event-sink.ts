import type { TrainEvent } from '../../engine/run/events.ts';
import type { TimedEvent } from '../../engine/run/record.ts';
import { applyEvent } from './apply-event.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** Milliseconds between two updates of the step counter: a fast GPU makes more steps than a screen has frames. */
const stepInterval = 200;

/** Applies a run's events to the state in order, except that a burst of step counts becomes one. */
export class EventSink {
  private shown = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private latest: TimedEvent | undefined;

  /** @param at ms for which the run has worked. */
  take(at: number, event: TrainEvent): void {
    if (event.type !== 'step') {
      this.flush();
      apply({ at, event });
      return;
    }
    this.latest = { at, event };
    const wait = this.shown + stepInterval - performance.now();
    if (wait <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), wait);
  }

  /** Applies what waits; nothing follows by itself. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.latest !== undefined) apply(this.latest);
    this.latest = undefined;
    this.shown = performance.now();
  }
}

function apply({ at, event }: TimedEvent): void {
  setState(applyEvent(getState(), event, at));
}
