import type { StateCreator } from 'zustand';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { RunRecord } from '../../engine/run/record.ts';

/** A record shown in the panels in place of a run. */
export interface Replay {
  record: RunRecord;
  /** “recorded” came with the page and leaves the draft alone, “earlier” was run in this browser or opened from a file. */
  kind: 'recorded' | 'earlier';
  name: string;
  /** Events of the record shown so far. */
  told: number;
  /** ms of the run at which playing begins: what comes before is there at once. */
  begin: number;
  /** ms of the run shown so far, and in all. */
  at: number;
  length: number;
  /** Moves the replay while it plays; undefined while it rests. A timer that the replay does not name is over. */
  timer: ReturnType<typeof setInterval> | undefined;
  /** Times as fast as it was; Infinity = at once. */
  speed: number;
  /** The draft from before the first of the records shown one after another: the one to come back to. */
  before: Recipe;
}

export interface ReplaySlice {
  replay: Replay | undefined;
}

export const replaySlice: StateCreator<ReplaySlice> = () => ({ replay: undefined });
