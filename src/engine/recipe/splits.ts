/**
 * Sets of questions of the built-in data sets, by the names that recipes, links and records hold: part of stored formats. What they consist of
 * is the data sets' business.
 */
export const pictureSplits = [
  'seen-style',
  'validation-style',
  'held-out-style',
  'held-out-concept',
  'held-out-composition',
] as const;
export const textSplits = ['seen-text', 'validation-text', 'held-out-text'] as const;
export const splitKeys = [...pictureSplits, ...textSplits] as const;
export type PictureSplit = (typeof pictureSplits)[number];
export type TextSplit = (typeof textSplits)[number];
export type SplitKey = (typeof splitKeys)[number];

/** The split for the last word, and the one to choose settings by. */
export const finalSplit = 'held-out-style';
export const validationSplit = 'validation-style';
/** The same of a pair that reads no pictures. */
export const finalTextSplit = 'held-out-text';
export const validationTextSplit = 'validation-text';
/** Those that a run may ask about as it goes. */
export const examSplits = [finalSplit, validationSplit, finalTextSplit, validationTextSplit] as const;

/** Whether settings are chosen by a split, so that its numbers are not the last word. */
export function isValidation(split: SplitKey): boolean {
  return split === validationSplit || split === validationTextSplit;
}

/** Whether a split's questions are about no pictures. */
export function isOfText(split: SplitKey): boolean {
  return textSplits.some((key) => key === split);
}

/** What data of a kind are called: pictures with their questions, or questions of text alone. */
export type DataWord = 'pictures' | 'questions';

export function dataWord(split: SplitKey): DataWord {
  return isOfText(split) ? 'questions' : 'pictures';
}

/** The split to choose settings by, of the same kind of questions. */
export function validationOf(split: SplitKey): typeof validationSplit | typeof validationTextSplit {
  return isOfText(split) ? validationTextSplit : validationSplit;
}

/** As people call them. */
export const splitNames: Readonly<Record<SplitKey, string>> = {
  'seen-style': 'seen style',
  'validation-style': 'validation style',
  'held-out-style': 'held-out style',
  'held-out-concept': 'held-out concept',
  'held-out-composition': 'held-out composition',
  'seen-text': 'seen facts',
  'validation-text': 'validation facts',
  'held-out-text': 'held-out facts',
};

/** A person's own data have three parts, each under the built-in split that serves for the same. */
export const ownSplitNames: Readonly<Partial<Record<SplitKey, string>>> = {
  'seen-style': 'training pictures',
  'validation-style': 'validation pictures',
  'held-out-style': 'held-out pictures',
  'seen-text': 'training questions',
  'validation-text': 'validation questions',
  'held-out-text': 'held-out questions',
};

/** What a recipe's split is called, of its own data or the built-in ones. */
export function splitName(key: SplitKey, { own }: { own?: string | undefined }): string {
  return (own === undefined ? undefined : ownSplitNames[key]) ?? splitNames[key];
}

/** What a recipe asks about while it trains. */
export function splitOf(recipe: {
  data: { own?: string | undefined };
  evaluation: { split: SplitKey };
}): string {
  return splitName(recipe.evaluation.split, recipe.data);
}

/** The kinds of questions about the built-in pictures; recipes and links hold them, as they do their styles and `splitKeys`. */
export const questionTypes = [
  'name',
  'kind',
  'yes-no',
  'count',
  'position',
  'odd-one-out',
  'caption',
] as const;
/** The same of the built-in questions without pictures. */
export const textQuestionTypes = ['kind', 'yes-no', 'odd-one-out', 'which', 'count', 'larger'] as const;
export type TextQuestionType = (typeof textQuestionTypes)[number];
/** Those that can be answered about facts that nobody asked for before: what a single thing is, is learned thing by thing. */
export const usualTextTasks: TextQuestionType[] = ['odd-one-out', 'which', 'count', 'larger'];
/** All kinds of questions that a recipe may name. */
export const tasks = [...new Set([...questionTypes, ...textQuestionTypes])] as const;
