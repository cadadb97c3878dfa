import type { StateCreator } from 'zustand';
import type { Store } from './store.ts';

/** What the largest place on the screen shows. */
export type CentreView = 'curves' | 'runs';

export interface ViewSlice {
  centre: CentreView;
  setCentre(value: CentreView): void;
  /** Weight of the past in the curves' moving average, 0–0.99; 0 shows the raw numbers. */
  smoothing: number;
  logScale: boolean;
  keysOpen: boolean;
  measuredOpen: boolean;
  setSmoothing(value: number): void;
  setLogScale(value: boolean): void;
  setKeysOpen(value: boolean): void;
  setMeasuredOpen(value: boolean): void;
}

export const viewSlice: StateCreator<Store, [], [], ViewSlice> = (set) => ({
  centre: 'curves',
  setCentre: (centre) => set({ centre }),
  smoothing: 0.6,
  logScale: false,
  keysOpen: false,
  measuredOpen: false,
  setSmoothing: (smoothing) => set({ smoothing }),
  setLogScale: (logScale) => set({ logScale }),
  setKeysOpen: (keysOpen) => set({ keysOpen }),
  setMeasuredOpen: (measuredOpen) => set({ measuredOpen }),
});
