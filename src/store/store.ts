import { create } from 'zustand';
import { answersSlice, type AnswersSlice } from './slices/answers-slice.ts';
import { classSlice, type ClassSlice } from './slices/class-slice.ts';
import { curvesSlice, type CurvesSlice } from './slices/curves-slice.ts';
import { deviceSlice, type DeviceSlice } from './slices/device-slice.ts';
import { linkSlice, type LinkSlice } from './slices/link-slice.ts';
import { metricsSlice, type MetricsSlice } from './slices/metrics-slice.ts';
import { pairSlice, type PairSlice } from './slices/pair-slice.ts';
import { questionsSlice, type QuestionsSlice } from './slices/questions-slice.ts';
import { recipeSlice, type RecipeSlice } from './slices/recipe-slice.ts';
import { replaySlice, type ReplaySlice } from './slices/replay-slice.ts';
import { runsSlice, type RunsSlice } from './slices/runs-slice.ts';
import { runSlice, type RunSlice } from './slices/run-slice.ts';
import { sweepSlice, type SweepSlice } from './slices/sweep-slice.ts';
import { versionSlice, type VersionSlice } from './slices/version-slice.ts';
import { viewSlice, type ViewSlice } from './slices/view-slice.ts';

export type Store = DeviceSlice &
  PairSlice &
  RunSlice &
  RunsSlice &
  MetricsSlice &
  AnswersSlice &
  QuestionsSlice &
  RecipeSlice &
  CurvesSlice &
  ClassSlice &
  LinkSlice &
  ReplaySlice &
  SweepSlice &
  VersionSlice &
  ViewSlice;

/** The page's whole state: no module keeps any beside it. Data flow one way: engine events → slices → panels. */
export const useStore = create<Store>()((...args) => ({
  ...deviceSlice(...args),
  ...pairSlice(...args),
  ...runSlice(...args),
  ...runsSlice(...args),
  ...metricsSlice(...args),
  ...answersSlice(...args),
  ...questionsSlice(...args),
  ...recipeSlice(...args),
  ...curvesSlice(...args),
  ...classSlice(...args),
  ...linkSlice(...args),
  ...replaySlice(...args),
  ...sweepSlice(...args),
  ...versionSlice(...args),
  ...viewSlice(...args),
}));
