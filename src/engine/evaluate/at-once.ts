/** What a batch of questions may take on a graphics card. */
const most = {
  questions: 256,
  /** The least that WebGPU lets a buffer have, so that all of them together fit one. */
  bytes: 128 * 2 ** 20,
  /** What a slow card computes in a tenth of a second; it also draws the page. */
  operations: 32e9,
};

/** Rows of a matrix product from which on graphics cards compute it one way: the bits of an answer do not depend on the batch then. */
const step = 32;

/** How a model is asked. */
export interface Asking {
  /** Questions at once on a software adapter, which gains nothing by more: those of an update, whose kernels are compiled in any case. */
  usual: number;
  /** Questions that mostly come together. */
  together: number;
}

/**
 * How many questions a model answers at once: by what it costs, never by what it takes, so that results repeat.
 * @param students who answer together; where one would answer whole steps alone, all do
 * @param cost of `batch` questions to all of them
 */
export function questionsAtOnce(
  software: boolean,
  { usual, together }: Asking,
  students: number,
  cost: (batch: number) => { bytes: number; operations: number },
): number {
  if (software) return usual;
  const sample = cost(step);
  const share = Math.min(most.bytes / sample.bytes, most.operations / sample.operations);
  const fits = Math.floor(Math.min(step * share, most.questions));
  const wanted = Math.ceil(together / step) * step;
  if (fits >= step) return Math.min(wanted, fits - (fits % step));
  const alone = Math.floor(step * share * students);
  return alone >= step ? step : Math.max(4, alone - (alone % 4));
}
