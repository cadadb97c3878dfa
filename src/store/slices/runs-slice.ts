import type { StateCreator } from 'zustand';
import type { StepMetrics } from '../../engine/run/events.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import type { Band } from '../../engine/evaluate/bands.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { EvaluationPoint } from './metrics-slice.ts';

/** An earlier run drawn behind the present one. */
export interface Overlay {
  id: string;
  name: string;
  /** The recipe's own arm's numbers. */
  steps: readonly StepMetrics[];
  evaluations: readonly EvaluationPoint[];
}

/** What a table says of one recorded run. */
export interface RunRow {
  id: string;
  /** What its recipe does differently from the default one. */
  name: string;
  /** The same with every difference. */
  wholeName: string;
  startedAt: string;
  adapter: string;
  outcome: RunRecord['outcome'];
  recipe: Recipe;
  step: number;
  totalSteps: number;
  /** Exact match, 0–1, of the untouched student and of the recipe's own; the latest live questions where the run did not end. */
  before: number | undefined;
  after: Band | undefined;
  questions: number | undefined;
  /** True when `before` and `after` are of the final questions. */
  final: boolean;
  /** Over the best of the arms beside it, question by question. */
  gain: (Band & { over: string }) | undefined;
  /** Mean of the weighted sum over the last ten steps, nats. */
  loss: number | undefined;
  /** From the start to the last event. */
  seconds: number;
}

/** A kept run that cannot be read. */
export interface UnreadableRun {
  id: string;
  why: string;
  action: string;
}

/** A record shown in the panels in place of a run. */
export interface Replay {
  id: string;
  /** “recorded” came with the page, “earlier” was run in this browser or opened from a file. */
  kind: 'recorded' | 'earlier';
  name: string;
  adapter: string;
  startedAt: string;
  /** ms of the run shown so far, and in all. */
  at: number;
  length: number;
  playing: boolean;
  /** Times as fast as it was; Infinity = at once. */
  speed: number;
}

/** Where a run can go on. */
export interface Resumable {
  id: string;
  name: string;
  /** 0 where nothing was saved yet: the run begins again. */
  step: number;
  totalSteps: number;
  savedAt: string;
  /** True when nobody stopped the run: the page was closed, or failed. */
  cutOff: boolean;
}

/** A queue of runs that goes on. */
export interface Sweep {
  total: number;
  /** Runs that have ended. */
  done: number;
  /** Mean of those; 0 while there are none. */
  secondsEach: number;
  /** True when the present run is the last one. */
  stopping: boolean;
}

export interface RunsSlice {
  overlays: readonly Overlay[];
  /** Runs kept in this browser, newest first; undefined until they have been read. */
  runs: readonly RunRow[] | undefined;
  unreadable: readonly UnreadableRun[];
  replay: Replay | undefined;
  /** The run that goes on or went on last. */
  presentId: string | undefined;
  /** Runs of this browser that can go on, the latest first; none that another tab trains. */
  resumables: readonly Resumable[];
  /** A run opened from a file that came with its state. */
  opened: { id: string; step: number } | undefined;
  /** Whether the browser promises to keep what the page stores; “asking” while a person may have to decide. */
  persistence: 'asking' | 'granted' | 'refused' | undefined;
  sweep: Sweep | undefined;
  /** The run whose deletion can still be undone. */
  deleted: { id: string; name: string } | undefined;
  /** What a person has to know about the keeping of runs, once. */
  runsNotice: EngineFailure | undefined;
}

export const runsSlice: StateCreator<RunsSlice> = () => ({
  overlays: [],
  runs: undefined,
  unreadable: [],
  replay: undefined,
  presentId: undefined,
  resumables: [],
  opened: undefined,
  persistence: undefined,
  sweep: undefined,
  deleted: undefined,
  runsNotice: undefined,
});
