import type { Recipe } from '../recipe/schema.ts';
import type { StepMetrics, TrainEvent } from './events.ts';

/** One event of a run and when it came, ms after the run was started. */
export interface TimedEvent {
  at: number;
  event: TrainEvent;
}

/** A run as it told itself: what a table, a chart, a replay or a file for others needs. Plain data. */
export interface RunRecord {
  format: 1;
  id: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  recipe: Recipe;
  adapter: string;
  /** SHA-256 of what was trained on and with. */
  dataHash: string;
  checkpoints: { teacher: string; student: string };
  outcome: 'running' | 'done' | 'stopped' | 'failed';
  /** How a run without a browser was made. */
  origin?: { command: string; commit: string };
  /** Every event but `step`, which the metrics tell as well. */
  events: TimedEvent[];
}

/** A record of a run that has just told its start. */
export function beginRecord(
  run: Pick<RunRecord, 'id' | 'startedAt' | 'adapter' | 'origin'>,
  { recipe, dataHash, checkpoints }: Extract<TrainEvent, { type: 'start' }>,
): RunRecord {
  return { format: 1, ...run, recipe, dataHash, checkpoints, outcome: 'running', events: [] };
}

/** Adds an event to a record, in place. */
export function addEvent(record: RunRecord, at: number, event: TrainEvent): void {
  if (event.type === 'step') return;
  record.events.push({ at: Math.round(at), event });
  if (event.type === 'done' || event.type === 'stopped' || event.type === 'failed')
    record.outcome = event.type;
}

/**
 * The part of a record that a state saved after update `step` has behind it; what a run restored from that state tells from then on, follows
 * without gap or repetition.
 * @param state `untold` is what the state itself holds of the numbers, `recipe` what it goes on with
 */
export function recordUntil(
  record: RunRecord,
  state: { step: number; untold: StepMetrics[]; recipe: Recipe },
): RunRecord {
  const told = Math.min(state.step, ...state.untold.map(({ step }) => step - 1));
  const events = record.events.flatMap(({ at, event }): TimedEvent[] => {
    switch (event.type) {
      case 'metrics': {
        const steps = event.steps.filter(({ step }) => step <= told);
        return steps.length === 0 ? [] : [{ at, event: { ...event, steps } }];
      }
      case 'stage':
        return event.step <= state.step ? [{ at, event }] : [];
      // A state may be saved before or after the change that belongs to its step.
      case 'recipe': {
        const taken =
          event.step < state.step || (event.step === state.step && same(event.recipe, state.recipe));
        return taken ? [{ at, event }] : [];
      }
      case 'start':
      case 'panel':
      case 'shapes':
        return [{ at, event }];
      case 'status':
      case 'step':
      case 'paused':
      case 'resumed':
      case 'stopped':
      case 'failed':
      case 'done':
        return [];
      // The state is saved before the look at its own step.
      default:
        return event.step < Math.max(1, state.step) ? [{ at, event }] : [];
    }
  });
  return { ...record, outcome: 'running', events };
}

/** What the run followed at the end of its record: live fields may have changed on its way. */
export function latestRecipe({ recipe, events }: RunRecord): Recipe {
  return events.reduce((latest, { event }) => (event.type === 'recipe' ? event.recipe : latest), recipe);
}

function same(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
