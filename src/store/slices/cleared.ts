import { noAnswers, type AnswersSlice } from './answers-slice.ts';
import type { MetricsSlice } from './metrics-slice.ts';
import { noQuestions, type QuestionsSlice } from './questions-slice.ts';
import type { ReplaySlice } from './replay-slice.ts';
import { idleRun, type RunSlice } from './run-slice.ts';

/** A run that has told nothing yet. */
export function untold(): Pick<RunSlice, 'run'> & MetricsSlice & Pick<AnswersSlice, keyof typeof noAnswers> {
  return {
    run: idleRun,
    metrics: { steps: [], evaluations: [], probes: [], features: [], readings: [], version: 0 },
    ...noAnswers,
    panel: [],
  };
}

/** Nothing run yet, nothing shown. */
export function cleared(): ReturnType<typeof untold> &
  Pick<QuestionsSlice, keyof typeof noQuestions> &
  ReplaySlice {
  return { ...untold(), ...noQuestions, replay: undefined };
}
