import type { StateCreator } from 'zustand';
import type { Store } from './store.ts';

/** What the largest place on the screen shows. */
export type CentreView = 'curves' | 'model' | 'features' | 'runs';

export interface ViewSlice {
  centre: CentreView;
  setCentre(value: CentreView): void;
  keysOpen: boolean;
  measuredOpen: boolean;
  setKeysOpen(value: boolean): void;
  setMeasuredOpen(value: boolean): void;
}

export const viewSlice: StateCreator<Store, [], [], ViewSlice> = (set) => ({
  centre: 'curves',
  setCentre: (centre) => set({ centre }),
  keysOpen: false,
  measuredOpen: false,
  setKeysOpen: (keysOpen) => set({ keysOpen }),
  setMeasuredOpen: (measuredOpen) => set({ measuredOpen }),
});
