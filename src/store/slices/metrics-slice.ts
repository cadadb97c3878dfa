import type { StateCreator } from 'zustand';
import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import type { FeatureMapNumbers } from '../../engine/run/feature-map-numbers.ts';
import type { ProbeNumbers } from '../../engine/run/probe-numbers.ts';
import type { Reading } from '../../engine/run/readings.ts';

export interface EvaluationPoint {
  step: number;
  /** An arm's key, “before” or “teacher”. */
  who: string;
  /** Which of its students, where the run has several seeds. */
  seed?: number | undefined;
  score: Score;
  final: boolean;
}

export interface ProbePoint {
  step: number;
  arm: string;
  numbers: ProbeNumbers;
}

export interface FeaturePoint {
  step: number;
  arm: string;
  map: FeatureMapNumbers;
}

export interface MetricsSlice {
  /**
   * Every step's numbers, of every student. The arrays grow in place, so that a long run never copies its past; `version` tells readers that
   * they grew.
   */
  metrics: {
    steps: StepMetrics[];
    evaluations: EvaluationPoint[];
    probes: ProbePoint[];
    features: FeaturePoint[];
    /** When the run was where. */
    readings: Reading[];
    version: number;
  };
}

export const metricsSlice: StateCreator<MetricsSlice> = () => ({
  metrics: { steps: [], evaluations: [], probes: [], features: [], readings: [], version: 0 },
});
