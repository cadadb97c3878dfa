import { create } from 'zustand';
import { answersSlice, type AnswersSlice } from './answers-slice.ts';
import { curvesSlice, type CurvesSlice } from './curves-slice.ts';
import { deviceSlice, type DeviceSlice } from './device-slice.ts';
import { metricsSlice, type MetricsSlice } from './metrics-slice.ts';
import { pairSlice, type PairSlice } from './pair-slice.ts';
import { questionsSlice, type QuestionsSlice } from './questions-slice.ts';
import { recipeSlice, type RecipeSlice } from './recipe-slice.ts';
import { runsSlice, type RunsSlice } from './runs-slice.ts';
import { runSlice, type RunSlice } from './run-slice.ts';
import { versionSlice, type VersionSlice } from './version-slice.ts';
import { viewSlice, type ViewSlice } from './view-slice.ts';

export type Store = DeviceSlice &
  PairSlice &
  RunSlice &
  RunsSlice &
  MetricsSlice &
  AnswersSlice &
  QuestionsSlice &
  RecipeSlice &
  CurvesSlice &
  VersionSlice &
  ViewSlice;

/** The page's state. Data flow one way: engine events → slices → panels. */
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
  ...versionSlice(...args),
  ...viewSlice(...args),
}));
