import type { Manifest } from '../../src/engine/data/emoji/manifest.ts';
import {
  evaluationExamples,
  trainingExamples,
  withArticle,
  yesNoPhrasings,
} from '../../src/engine/data/emoji/questions.ts';
import { inWords, largestNumber, trainingQuestions } from '../../src/engine/data/text/questions.ts';
import type { Words } from '../../src/engine/data/text/words.ts';
import { questionTypes, textQuestionTypes } from '../../src/engine/recipe/splits.ts';

/**
 * Every word the generator can write: names in every place they can stand, all phrasings, all fixed answers. Names only ever
 * differ by word, and both tokenizers split by word first, so one text per name and place covers all pairs.
 */
export function corpus(manifest: Manifest): string[] {
  const texts = new Set<string>();
  const names = manifest.concepts.map((concept) => concept.name);
  const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  for (const name of names) {
    texts.add(`${capital(name)}.`).add(`${capital(name)} and ${name}.`);
    for (const stem of yesNoPhrasings) texts.add(`${stem} ${withArticle(name)}?`);
  }
  for (const { kind } of manifest.concepts) texts.add(`${capital(kind)}.`);
  const styles = manifest.styles.filter((style) => style.role === 'train').map((style) => style.key);
  const sample = [
    ...trainingExamples({ manifest, tasks: questionTypes, styles, seed: 0, count: 4000 }),
    ...evaluationExamples({ manifest, split: 'held-out-style', tasks: questionTypes, count: 700 }),
  ];
  for (const { question, answer } of sample) texts.add(question).add(answer);
  return [...texts].sort();
}

/** The same of the questions without pictures: every word in every place, and every wording of a sample. */
export function textCorpus(words: Words): string[] {
  const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  const numbers = Array.from({ length: largestNumber + 1 }, (_, number) => inWords(number));
  const names = [...words.words.map(({ name }) => name), ...words.kinds.map(({ name }) => name), ...numbers];
  const texts = new Set(names.flatMap((name) => [`${capital(name)}.`, `Is ${name}?`]));
  for (const { one } of words.words) texts.add(`What is ${one}?`);
  for (const { one, many } of words.kinds) texts.add(`Which is ${one}: of ${many}, of ${many}: of ${many}?`);
  for (const { question, answer } of trainingQuestions({
    words,
    tasks: textQuestionTypes,
    seed: 0,
    count: 4000,
  }))
    texts.add(question).add(answer);
  return [...texts].sort();
}
