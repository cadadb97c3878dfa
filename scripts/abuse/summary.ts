export interface Summary {
  /** Injuries done, and those whose run ended exactly as an undisturbed one. */
  done: number;
  survived: number;
  runs: number;
  identical: number;
  /** ms from the injury until the run trains again. */
  ms: { median: number; most: number };
}

export function summary(counts: Omit<Summary, 'ms'>, times: readonly number[]): Summary {
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  return { ...counts, ms: { median: sorted[sorted.length >> 1] ?? 0, most: sorted.at(-1) ?? 0 } };
}
