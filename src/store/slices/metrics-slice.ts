import type { StateCreator } from 'zustand';
import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { StepMetrics } from '../../engine/run/events.ts';
import type { FeatureMapNumbers } from '../../engine/run/feature-map-numbers.ts';
import type { ProbeNumbers } from '../../engine/run/probe-numbers.ts';

export interface EvaluationPoint {
  step: number;
  /** An arm's key, “before” or “teacher”. */
  who: string;
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
   * Every step's numbers, of every arm. The arrays grow in place, so that a long run never copies its past; `version` tells readers that
   * they grew.
   */
  metrics: {
    steps: StepMetrics[];
    evaluations: EvaluationPoint[];
    probes: ProbePoint[];
    features: FeaturePoint[];
    version: number;
  };
}

export const metricsSlice: StateCreator<MetricsSlice> = () => ({
  metrics: { steps: [], evaluations: [], probes: [], features: [], version: 0 },
});
