import type { StateCreator } from 'zustand';
import type { StepMetrics } from '../engine/distill/events.ts';
import type { EvaluationPoint } from './metrics-slice.ts';
import type { Store } from './store.ts';

/** An earlier run drawn behind the present one. */
export interface Overlay {
  id: string;
  name: string;
  /** The recipe's own arm's numbers. */
  steps: readonly StepMetrics[];
  evaluations: readonly EvaluationPoint[];
}

export interface RunsSlice {
  overlays: readonly Overlay[];
}

export const runsSlice: StateCreator<Store, [], [], RunsSlice> = () => ({
  overlays: [],
});
