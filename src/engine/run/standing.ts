import type { HostTensors } from '../models/host-tensor.ts';

/** The students of a run as they stand between two of its steps. */
export interface Standing {
  /** Updates they have had. */
  readonly step: number;
  /** Keys of the arms that can be read; none before the run has made its students. */
  readonly arms: readonly string[];
  weights(arm: string): Promise<HostTensors>;
}

export const nobody: Standing = {
  step: 0,
  arms: [],
  weights: () => Promise.reject(new RangeError('there are no students')),
};
