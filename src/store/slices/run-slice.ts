import type { StateCreator } from 'zustand';
import type { StageKey, StageSpan } from '../../engine/method/stages.ts';
import type { ArmReport, RunSummary, WatchedExample } from '../../engine/run/events.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { armsOf } from '../../engine/recipe/arms.ts';
import type { Forecast, RunMode, RunStart } from '../../worker/protocol.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { WorkTime } from '../../engine/work-time.ts';

export type RunPhase = 'idle' | 'preparing' | 'running' | 'paused' | 'stopped' | 'done' | 'failed';

export interface RunState {
  phase: RunPhase;
  /** What is happening, in words. */
  message: string;
  recipe?: Recipe;
  /** What a person changed on the way: from the step after `step` on. */
  changes: { step: number; fields: string[] }[];
  /** What it will follow further on by itself: changes that it had made before it lost what came after its saved state. */
  planned?: RunStart['changes'];
  /** The students trained side by side, the recipe's own first. */
  arms: ArmReport[];
  /** For how long the run has worked since Run was pressed; undefined before. */
  time: WorkTime | undefined;
  /** What was forecast for this run. */
  forecast?: Forecast;
  /** Tokens of questions and answers in each model, once they are known. */
  shapes?: Forecast['bounds'];
  /** The latest of the steps that were watched one by one. */
  watched?: { step: number; example: WatchedExample };
  step: number;
  totalSteps: number;
  stages: StageSpan[];
  stage?: StageKey;
  stepsPerSecond: number;
  examplesPerSecond: number;
  gpuBytes: number;
  /** The most it has been in this run. */
  gpuPeak: number;
  tensors: number;
  summary?: RunSummary;
  failure?: EngineFailure;
}

export const idleRun: RunState = {
  phase: 'idle',
  message: 'Ready. Press Run.',
  arms: [],
  changes: [],
  time: undefined,
  step: 0,
  totalSteps: 0,
  stages: [],
  stepsPerSecond: 0,
  examplesPerSecond: 0,
  gpuBytes: 0,
  gpuPeak: 0,
  tensors: 0,
};

export interface RunSlice {
  run: RunState;
  /** How a person wants the present run to move. */
  wanted: RunMode;
  /** The latest state of the latest run (`encodeState`), while that has something to go on with; also where the browser keeps none. */
  latestState: Uint8Array | undefined;
  /** What the draft recipe will take on this device; undefined while that is not known. */
  forecast: Forecast | undefined;
  /** Share of the draft recipe's kernels that are compiled ahead of the run, 0–1. */
  kernelsCompiled: number;
}

export const runSlice: StateCreator<RunSlice> = () => ({
  run: idleRun,
  wanted: 'running',
  latestState: undefined,
  forecast: undefined,
  kernelsCompiled: 0,
});

/** True while the engine works on a run, paused or not. */
export function isActive(phase: RunPhase): boolean {
  return phase === 'preparing' || phase === 'running' || phase === 'paused';
}

/** The arms of a draft that may not be valid yet. */
export function plannedArms(draft: Recipe): ArmReport[] {
  return armsOf(draft).map(({ key, label }) => ({ key, label }));
}
