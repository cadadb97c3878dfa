import type { StateCreator } from 'zustand';

/** A queue of runs that goes on. */
export interface Sweep {
  id: string;
  /** What is varied, by path. */
  fields: string[];
  total: number;
  /** Runs that have ended. */
  done: number;
  /** Mean of those; 0 while there are none. */
  secondsEach: number;
  /** True when the present run is the last one. */
  stopping: boolean;
}

export interface SweepSlice {
  sweep: Sweep | undefined;
}

export const sweepSlice: StateCreator<SweepSlice> = () => ({ sweep: undefined });
