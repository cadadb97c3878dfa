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

/** Copies that outlive the run's own memory. */
export async function keep({ step, arms, weights }: Standing): Promise<Standing> {
  const kept = new Map<string, HostWeights>();
  for (const arm of arms) kept.set(arm, await weights(arm));
  return { step, arms, weights: (arm) => Promise.resolve(kept.get(arm)!) };
}
