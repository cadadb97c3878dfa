import type { TrainEvent } from '../engine/distill/events.ts';
import type { Trainer } from '../engine/distill/trainer.ts';
import type { RunControl } from './run-control.ts';

/** Pulls a run's events one by one, as its control lets it, until it ends. */
export async function drive(
  trainer: Trainer,
  control: RunControl,
  onEvent: (event: TrainEvent) => void,
): Promise<'done' | 'stopped'> {
  let { step } = trainer.standing();
  const rests = (paused: boolean) => onEvent({ type: paused ? 'paused' : 'resumed', step });
  // Resolves when the page has taken it: events and replies travel on ports of their own.
  let told: unknown;
  for await (const event of trainer.run(() => control.watching)) {
    if (control.over) break;
    told = onEvent(event);
    if (event.type === 'step') {
      step = event.step;
      await control.gate(rests);
    } else if (event.type === 'stage') {
      step = trainer.standing().step;
      await control.hold(rests);
    } else await control.serve();
    if (control.stopped) {
      told = onEvent({ type: 'stopped', step });
      break;
    }
  }
  await told;
  // The students are what the run has made of them: whoever still waits sees them.
  await control.serve();
  return control.stopped ? 'stopped' : 'done';
}
