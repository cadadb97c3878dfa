/** A model's weights in host memory, by their checkpoint names. */
export type HostWeights = ReadonlyMap<string, { shape: number[]; data: Float32Array }>;

/** The students of a run as they stand between two of its steps. */
export interface Standing {
  /** Updates they have had. */
  readonly step: number;
  /** Keys of the arms that can be read; none before the run has made its students. */
  readonly arms: readonly string[];
  weights(arm: string): Promise<HostWeights>;
}

export const nobody: Standing = {
  step: 0,
  arms: [],
  weights: () => Promise.reject(new RangeError('there are no students')),
};
