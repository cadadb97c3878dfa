import type { StateCreator } from 'zustand';

/** How the curves are drawn. */
export interface CurveView {
  /** Weight of the past in the moving average, 0–0.99; 0 shows the raw numbers. */
  smoothing: number;
  logSteps: boolean;
  logValues: boolean;
  /** Only the newest steps, so that the picture follows the training. */
  follow: boolean;
  /** The recipe's own arm minus the others, instead of everyone's accuracy. */
  differences: boolean;
  /** The arm whose terms are shown where only one arm's fit; undefined = the first that has them. */
  termsOf: string | undefined;
}

export interface CurvesSlice {
  curves: CurveView;
  setCurves(change: Partial<CurveView>): void;
  /** The step that all charts read out together; undefined = the latest. */
  crosshair: number | undefined;
  setCrosshair(step: number | undefined): void;
}

export const curvesSlice: StateCreator<CurvesSlice> = (set) => ({
  curves: {
    smoothing: 0.6,
    logSteps: false,
    logValues: false,
    follow: false,
    differences: false,
    termsOf: undefined,
  },
  setCurves: (change) => set(({ curves }) => ({ curves: { ...curves, ...change } })),
  crosshair: undefined,
  setCrosshair: (crosshair) => set({ crosshair }),
});
