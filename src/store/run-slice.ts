import type { StateCreator } from 'zustand';
import type { RunSummary, StageKey } from '../engine/distill/events.ts';
import type { EngineFailure } from '../engine/errors.ts';
import type { Recipe } from '../engine/recipe/schema.ts';
import type { Store } from './store.ts';

export type RunPhase = 'idle' | 'preparing' | 'running' | 'paused' | 'stopped' | 'done' | 'failed';

export interface RunState {
  phase: RunPhase;
  /** What is happening, in words. */
  message: string;
  recipe?: Recipe;
  step: number;
  totalSteps: number;
  stages: { key: StageKey; from: number; to: number }[];
  stage?: StageKey;
  stepsPerSecond: number;
  examplesPerSecond: number;
  gpuBytes: number;
  tensors: number;
  summary?: RunSummary;
  failure?: EngineFailure;
}

export const idleRun: RunState = {
  phase: 'idle',
  message: 'Ready. Press Run.',
  step: 0,
  totalSteps: 0,
  stages: [],
  stepsPerSecond: 0,
  examplesPerSecond: 0,
  gpuBytes: 0,
  tensors: 0,
};

export interface RunSlice {
  run: RunState;
}

export const runSlice: StateCreator<Store, [], [], RunSlice> = () => ({ run: idleRun });

/** True while the engine works on a run, paused or not. */
export function isActive(phase: RunPhase): boolean {
  return phase === 'preparing' || phase === 'running' || phase === 'paused';
}
