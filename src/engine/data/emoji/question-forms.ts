import type { Manifest } from './manifest.ts';
import { phrasings, places, withArticle, yesNoPhrasings, type QuestionType } from './questions.ts';

/** Every question that the given tasks ask, word for word, those that fit any picture first. */
export function questionForms(manifest: Manifest, tasks: readonly QuestionType[]): string[] {
  const names = manifest.concepts.filter(({ split }) => split === 'train').map(({ name }) => name);
  const named = (words: readonly string[]) =>
    names.flatMap((name) => words.map((word) => `${word} ${withArticle(name)}?`));
  const forms = (task: QuestionType): readonly string[] => {
    if (task === 'yes-no') return named(yesNoPhrasings);
    if (task === 'position') return places.map((place) => `What is at the ${place}?`);
    return phrasings[task];
  };
  // Hundreds of yes/no questions would hide the others.
  const ordered = [...tasks].sort((a, b) => Number(a === 'yes-no') - Number(b === 'yes-no'));
  return ordered.flatMap(forms);
}
