import type { ProbeNumbers, SampledToken } from '../run/probe-numbers.ts';

/** Rows of one matrix on the host, [rows, width]. */
export interface Rows {
  width: number;
  data: Float32Array;
}

/**
 * Features of the same held-out tokens, every matrix [tokens, width]. A token's row is the position that predicts it: the question's last
 * position for an answer's first token, the token before it for the others.
 */
export interface FeatureSample {
  tokens: SampledToken[];
  /** The teacher's space, d_l: z_l, and [r_qs ; r_al] after Rec-proj-post. */
  teacherSpace: { z: Rows; r: Rows };
  /** The student's space, d_s, where Rec-body reads: pre(z_l) of every token, and z_qs, of the first tokens only. */
  studentSpace: { z: Rows; preZ: Rows };
}

/** What one look inside finds. */
export interface ProbeReport {
  numbers: ProbeNumbers;
  sample: FeatureSample;
}
