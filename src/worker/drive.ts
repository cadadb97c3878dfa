import type { TrainEvent } from '../engine/run/events.ts';
import type { Trainer } from '../engine/experiment/trainer.ts';
import type { RunControl } from './run-control.ts';

/** The page's ear. Events and replies travel on ports of their own: one may overtake the other. */
export class Listener {
  private latest: unknown;

  constructor(private readonly onEvent: (event: TrainEvent) => unknown) {}

  tell(event: TrainEvent): void {
    this.latest = this.onEvent(event);
  }

  /** Resolves when the page has taken every event so far. */
  async heard(): Promise<void> {
    await this.latest;
  }
}

/** Pulls a run's events one by one, as its control lets it, until it ends. */
export async function drive(
  trainer: Trainer,
  control: RunControl,
  listener: Listener,
): Promise<'done' | 'stopped'> {
  let { step } = trainer.standing();
  const rests = (paused: boolean) => {
    if (paused) trainer.clock.rest();
    else trainer.clock.start();
    listener.tell({ type: paused ? 'paused' : 'resumed', step });
  };
  for await (const event of trainer.run(() => control.watching)) {
    if (control.over) break;
    listener.tell(event);
    if (event.type === 'step') {
      step = event.step;
      await control.gate(rests);
    } else if (event.type === 'stage') {
      step = trainer.standing().step;
      await control.hold(rests);
    } else await control.serve();
    if (control.stopped) {
      listener.tell({ type: 'stopped', step });
      break;
    }
  }
  await listener.heard();
  // The students are what the run has made of them: whoever still waits sees them.
  await control.serve();
  return control.stopped ? 'stopped' : 'done';
}
