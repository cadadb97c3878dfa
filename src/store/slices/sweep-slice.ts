import type { StateCreator } from 'zustand';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { JointSetting } from '../../engine/run/record-schema.ts';
import { isActive, type RunSlice } from './run-slice.ts';

/** A queue of runs that goes on. */
export interface Sweep {
  id: string;
  /** The recipe that a person was at, and comes back to. */
  draft: Recipe;
  /** What is varied, by path. */
  fields: string[];
  /** Settings. */
  total: number;
  /** Settings of which the runs have ended. */
  done: number;
  /** Those that the present run trains; none while it is foreseen which go together. */
  now: readonly JointSetting[];
  /** Mean of those that have ended; 0 while there are none. */
  secondsEach: number;
  /** True when the present run is the last one. */
  stopping: boolean;
}

export interface SweepSlice {
  sweep: Sweep | undefined;
}

/** While a run or a sweep goes on, what it trains on stays as it is. */
export function isBusy({ run, sweep }: SweepSlice & Pick<RunSlice, 'run'>): boolean {
  return isActive(run.phase) || sweep !== undefined;
}

export const sweepSlice: StateCreator<SweepSlice> = () => ({ sweep: undefined });
