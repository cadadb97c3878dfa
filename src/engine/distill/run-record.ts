import type { Recipe } from '../recipe/schema.ts';
import type { TrainEvent } from './events.ts';

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
  /** Every event but `step`, which the metrics tell as well. */
  events: TimedEvent[];
}
