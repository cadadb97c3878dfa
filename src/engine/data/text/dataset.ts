import { z } from 'zod';
import { textQuestionTypes } from '../../recipe/splits.ts';
import { splitNames, textSplits } from '../../recipe/splits.ts';
import type { Dataset } from '../dataset.ts';
import { oneOf } from '../one-of.ts';
import { evaluationQuestions, questionForms, trainingQuestions } from './questions.ts';
import type { Words } from './words.ts';

const exampleSchema = z.strictObject({
  id: z.string(),
  type: z.enum(textQuestionTypes),
  question: z.string(),
  answer: z.string(),
});

/** Questions about things and numbers, without pictures. */
export function textDataset(words: Words): Dataset {
  return {
    hash: words.hash,
    concepts: words.words.length,
    styles: [],
    splits: textSplits.map((key) => ({ key, name: splitNames[key] })),
    exampleSchema,
    training: ({ tasks, seed, count }) => trainingQuestions({ words, tasks: known(tasks), seed, count }),
    evaluation: ({ split, tasks, count }) =>
      evaluationQuestions({
        words,
        split: oneOf(textSplits, 'split', split),
        tasks: known(tasks),
        count,
      }),
    questions: (tasks) => questionForms(words, known(tasks)),
    promptKey: ({ question }) => question,
  };
}

function known(tasks: readonly string[]) {
  return tasks.map((task) => oneOf(textQuestionTypes, 'kind', task));
}
