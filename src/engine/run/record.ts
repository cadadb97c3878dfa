import type { z } from 'zod';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainEvent } from './events.ts';
import type { recordSchema } from './record-schema.ts';
import { follows, isInterruption, wasTold, type Change, type StandingPoint } from './resume.ts';

/** One event of a run and when it came, ms of work after the run was started. */
export interface TimedEvent {
  at: number;
  event: TrainEvent;
}

/** A run as it told itself: what a table, a chart, a replay or a file for others needs. Plain data. */
export interface RunRecord extends Omit<z.infer<typeof recordSchema>, 'events'> {
  /** Every event but `step`, which the metrics tell as well, each once. */
  events: TimedEvent[];
}

/** What identifies all that a run reads. */
export type RunContents = Pick<RunRecord, 'dataHash' | 'checkpoints'>;

/** A record of a run that has told nothing yet. */
export function beginRecord(
  run: Pick<RunRecord, 'id' | 'startedAt' | 'adapter' | 'origin' | 'sweep'>,
  { recipe, dataHash, checkpoints }: RunContents & Pick<RunRecord, 'recipe'>,
): RunRecord {
  return { format: 1, ...run, recipe, dataHash, checkpoints, outcome: 'running', events: [] };
}

/** The id that a setting's record gets of the run that trained several together, by its place among them. */
export function partId(id: string, place: number): string {
  // Of letters that an id may have there are a hundred.
  return `${id.slice(0, 90)}-${place + 1}`;
}

/** What a person calls a run, and remarks on it; absent or undefined = nothing. */
export type RunWords = Pick<RunRecord, 'name' | 'note'>;

/** Takes over into a record, or its head, what a person says of the run, in place. */
export function putWords(record: RunWords, words: RunWords): void {
  for (const key of ['name', 'note'] as const)
    if (words[key] === undefined) delete record[key];
    else record[key] = words[key];
}

/** Adds an event to a record, in place. */
export function addEvent(record: RunRecord, at: number, event: TrainEvent): void {
  if (event.type === 'step' || event.again) return;
  record.events.push({ at: Math.round(at), event });
  if (event.type === 'done' || event.type === 'stopped' || event.type === 'failed')
    record.outcome = event.type;
}

/** The part of a record that a state has behind it; what a run restored from that state tells from then on, follows without gap or repetition. */
export function recordUntil(record: RunRecord, state: StandingPoint): RunRecord {
  const lasting = record.events.filter(({ event }) => !isInterruption(event));
  const later = lasting.findIndex(({ event }) => !wasTold(event, state));
  const events = later < 0 ? lasting : lasting.slice(0, later);
  // What was being done belongs to what came of it.
  while (events.at(-1)?.event.type === 'status') events.pop();
  return { ...record, outcome: 'running', events };
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

/** What the run followed at the end of its record: live fields may have changed on its way. */
export function latestRecipe({ recipe, events }: RunRecord): Recipe {
  return events.reduce((latest, { event }) => (event.type === 'recipe' ? event.recipe : latest), recipe);
}
