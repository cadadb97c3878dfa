import type { StateCreator } from 'zustand';
import type { Store } from './store.ts';

/** What the largest place on the screen shows. */
export type CentreView = 'curves' | 'model' | 'features';

export interface ViewSlice {
  centre: CentreView;
  setCentre(value: CentreView): void;
  /** Weight of the past in the curves' moving average, 0–0.99; 0 shows the raw numbers. */
  smoothing: number;
  /** Logarithmic losses. */
  logScale: boolean;
  logSteps: boolean;
  /** Whether the curves show the last steps only. */
  latestOnly: boolean;
  /** The step that a person points at in the curves. */
  crosshair: number | undefined;
  keysOpen: boolean;
  measuredOpen: boolean;
  setSmoothing(value: number): void;
  setLogScale(value: boolean): void;
  setLogSteps(value: boolean): void;
  setLatestOnly(value: boolean): void;
  setCrosshair(step: number | undefined): void;
  setKeysOpen(value: boolean): void;
  setMeasuredOpen(value: boolean): void;
}

export const viewSlice: StateCreator<Store, [], [], ViewSlice> = (set) => ({
  centre: 'curves',
  setCentre: (centre) => set({ centre }),
  smoothing: 0.6,
  logScale: false,
  logSteps: false,
  latestOnly: false,
  crosshair: undefined,
  keysOpen: false,
  measuredOpen: false,
  setSmoothing: (smoothing) => set({ smoothing }),
  setLogScale: (logScale) => set({ logScale }),
  setLogSteps: (logSteps) => set({ logSteps }),
  setLatestOnly: (latestOnly) => set({ latestOnly }),
  setCrosshair: (crosshair) => set({ crosshair }),
  setKeysOpen: (keysOpen) => set({ keysOpen }),
  setMeasuredOpen: (measuredOpen) => set({ measuredOpen }),
});
