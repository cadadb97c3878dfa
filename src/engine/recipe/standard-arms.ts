/** The same student without a teacher. */
export const labelsAlone = {
  key: 'labels-alone',
  label: 'SFT, labels alone',
  change: { objective: 'sft', 'data.unlabelled': 'ignored' },
};

/** Plain cross-entropy on what the recipe's own arm learns. */
export const sameAnswers = {
  key: 'sft',
  label: 'SFT, same answers',
  change: { objective: 'sft' },
};
