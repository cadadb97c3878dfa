import type { StateCreator } from 'zustand';

/** The charts by their keys. */
export const chartNames = {
  accuracy: 'accuracy',
  main: 'L_main',
  sft: 'L_sft',
  regulariser: 'L_reg',
  gradient: 'gradient',
  learningRate: 'learning rate',
} as const;
export type ChartKey = keyof typeof chartNames;

/** How the curves are drawn. */
export interface CurveView {
  /** Weight of the past in the moving average, 0–0.99; 0 shows the raw numbers. */
  smoothing: number;
  logSteps: boolean;
  logValues: boolean;
  /** Over seconds of work instead of over updates. */
  time: boolean;
  /** The part of the horizontal axis that is looked at; undefined = all of it. */
  window?: readonly [from: number, to: number] | undefined;
  /** The chart that has all the room; undefined = all charts are shown. */
  enlarged?: ChartKey | undefined;
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
  /** The place on the horizontal axis that all charts read out together; undefined = the latest. */
  crosshair: number | undefined;
  setCrosshair(place: number | undefined): void;
}

export const curvesSlice: StateCreator<CurvesSlice> = (set) => ({
  curves: {
    smoothing: 0.6,
    logSteps: false,
    logValues: false,
    time: false,
    follow: false,
    differences: false,
    termsOf: undefined,
  },
  // What is looked at is a part of the axis as it was.
  setCurves: (change) =>
    set(({ curves }) => ({
      curves: {
        ...curves,
        ...(('time' in change || 'follow' in change) && { window: undefined }),
        ...change,
      },
    })),
  crosshair: undefined,
  setCrosshair: (crosshair) => set({ crosshair }),
});
