import type { Recipe } from '../recipe/recipe.ts';
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
  /** Every event but `step`, which the metrics tell as well, each once. */
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
  if (event.type === 'step' || event.again) return;
  record.events.push({ at: Math.round(at), event });
  if (event.type === 'done' || event.type === 'stopped' || event.type === 'failed')
    record.outcome = event.type;
}

/**
 * The part of a record that a state saved after update `step` has behind it; what a run restored from that state tells from then on, follows
 * without gap or repetition (see `TrainEvent.again`).
 * @param state `untold` is what the state itself holds of the numbers, `recipe` what it goes on with
 */
export function recordUntil(
  record: RunRecord,
  state: { step: number; untold: StepMetrics[]; recipe: Recipe },
): RunRecord {
  const lasting = record.events.filter(({ event }) => !interruptions.has(event.type));
  const later = lasting.findIndex(({ event }) => !isBefore(event, state));
  const events = later < 0 ? lasting : lasting.slice(0, later);
  // What was being done belongs to what came of it.
  while (events.at(-1)?.event.type === 'status') events.pop();
  return { ...record, outcome: 'running', events };
}

/** What people and accidents do to a run; one that goes on is past it. */
const interruptions = new Set<TrainEvent['type']>(['paused', 'resumed', 'stopped', 'failed', 'done']);

/** Whether a run had told an event when its state was saved; of a `status` what follows says it. */
function isBefore(
  event: TrainEvent,
  { step, untold, recipe }: { step: number; untold: StepMetrics[]; recipe: Recipe },
): boolean {
  // Nothing is trained yet: all of it is told anew.
  if (step === 0) return false;
  if (event.type === 'metrics') {
    const told = Math.min(step, ...untold.map((numbers) => numbers.step - 1));
    return event.steps.every((numbers) => numbers.step <= told);
  }
  if (!('step' in event)) return true;
  switch (event.type) {
    case 'stage':
    case 'example':
      return event.step <= step;
    case 'recipe':
      return follows({ step, recipe }, event);
    // The state is saved before the look at its own step.
    default:
      return event.step < step;
  }
}

/** A live change: what a run follows after the updates `step`. */
interface Change {
  step: number;
  recipe: Recipe;
}

/** The live changes in a record that a state does not know of. */
export function changesIn({ events }: RunRecord, state: Change): Change[] {
  return changesAfter(
    events.flatMap(({ event }) => (event.type === 'recipe' ? [event] : [])),
    state,
  );
}

/** Those of some live changes that a state does not know of. */
export function changesAfter(changes: readonly Change[], state: Change): Change[] {
  return changes.filter((change) => !follows(state, change)).map(({ step, recipe }) => ({ step, recipe }));
}

/** True when a state has a change behind it. It may be saved before or after the change that belongs to its step. */
function follows(state: Change, { step, recipe }: Change): boolean {
  return step < state.step || (step === state.step && same(recipe, state.recipe));
}

/** What the run followed at the end of its record: live fields may have changed on its way. */
export function latestRecipe({ recipe, events }: RunRecord): Recipe {
  return events.reduce((latest, { event }) => (event.type === 'recipe' ? event.recipe : latest), recipe);
}

function same(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
