/** Tokens that one model's questions and answers are padded to: the static shape of a run, or of a batch. */
export interface Bounds {
  /** Questions, padded on the left. */
  Nq: number;
  /** Answers with end-of-sequence, padded on the right. */
  Na: number;
}
