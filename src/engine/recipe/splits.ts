/**
 * The built-in data set's sets of questions, by the names that recipes, links and records hold: part of stored formats. What they consist of
 * is the data set's business.
 */
export const splitKeys = [
  'seen-style',
  'validation-style',
  'held-out-style',
  'held-out-concept',
  'held-out-composition',
] as const;
export type SplitKey = (typeof splitKeys)[number];

/** The split for the last word, and the one to choose settings by. */
export const finalSplit = 'held-out-style';
export const validationSplit = 'validation-style';
/** Those that a run may ask about as it goes. */
export const examSplits = [finalSplit, validationSplit] as const;

/** As people call them. */
export const splitNames: Readonly<Record<SplitKey, string>> = {
  'seen-style': 'seen style',
  'validation-style': 'validation style',
  'held-out-style': 'held-out style',
  'held-out-concept': 'held-out concept',
  'held-out-composition': 'held-out composition',
};
