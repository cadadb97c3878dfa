import type { StateCreator } from 'zustand';
import type { StepMetrics } from '../../engine/run/events.ts';
import type { Reading } from '../../engine/run/readings.ts';
import type { RunRecord, RunWords } from '../../engine/run/record.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import type { Band } from '../../engine/evaluate/bands.ts';
import type { Comparison } from '../../engine/evaluate/comparison.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { EvaluationPoint } from './metrics-slice.ts';

/** An earlier run drawn behind the present one. */
export interface Overlay {
  id: string;
  name: string;
  /** The recipe's own arm's numbers, of all its seeds. */
  steps: readonly StepMetrics[];
  seeds: number;
  evaluations: readonly EvaluationPoint[];
  /** When it was where. */
  readings: readonly Reading[];
}

/** What a table says of one recorded run. */
export interface RunRow {
  id: string;
  /** As a person called it, or else what its recipe does differently from the default one. */
  name: string;
  /** Everything that its recipe does differently. */
  wholeName: string;
  /** What a person called it, and remarked on it; absent where nobody did. */
  given?: string | undefined;
  note?: string | undefined;
  /** The sweep that it is part of, the fields, by path, that were varied in that, and how many settings were trained together: `joint` where the run is all of these. */
  sweep?: Omit<NonNullable<RunRecord['sweep']>, 'settings'> & { joint?: boolean | undefined };
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
  gain: (Comparison & { over: string }) | undefined;
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

/** Where a run can go on. */
export interface SavePoint {
  id: string;
  name: string;
  /** 0 where nothing was saved yet: the run begins again. */
  step: number;
  totalSteps: number;
  savedAt: string;
  /** True when nobody stopped the run: the page was closed, or failed. */
  cutOff: boolean;
}

/** A run with everything that it has told so far. */
export interface PresentRun {
  readonly id: string;
  /** Grows in place. */
  readonly record: RunRecord;
  /** Takes over what a person says of it. */
  describe(words: RunWords): void;
}

export interface RunsSlice {
  overlays: readonly Overlay[];
  /** Runs kept in this browser, newest first; undefined until they have been read. */
  runs: readonly RunRow[] | undefined;
  unreadable: readonly UnreadableRun[];
  /** The run that goes on or went on last. */
  present: PresentRun | undefined;
  /** Where runs of this browser can go on, the latest first; none of runs that another tab trains. */
  savePoints: readonly SavePoint[];
  /**
   * A run opened from a file that came with its state (`encodeState`), and the step it goes on from. Its record is the file's: the list may have a longer
   * one, of which the state is not.
   */
  opened: { id: string; step: number; state: Uint8Array; record: RunRecord } | undefined;
  /** Whether the browser promises to keep what the page stores; “asked” before it says so, “asking” while a person may have to decide. */
  persistence: 'asked' | 'asking' | 'granted' | 'refused' | undefined;
  /** The run whose deletion can still be undone. */
  deleted: { row: RunRow } | undefined;
  /** What a person has to know about the keeping of runs, once. */
  runsNotice: EngineFailure | undefined;
}

export const runsSlice: StateCreator<RunsSlice> = () => ({
  overlays: [],
  runs: undefined,
  unreadable: [],
  present: undefined,
  savePoints: [],
  opened: undefined,
  persistence: undefined,
  deleted: undefined,
  runsNotice: undefined,
});
