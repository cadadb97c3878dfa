import { Exam, type AskablePicture } from '../experiment/exam.ts';
import { fromRgba, rgbaSide } from '../data/picture.ts';
import { EngineError } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import type { VlmTokenizer } from '../models/tokenizers/tokenizer.ts';

/** What a person asks: a question about one of the panel's pictures or about their own. */
export interface Asked {
  /** The id of a panel's question, or RGBA bytes of the data set's size. */
  picture: { id: string } | { pixels: Uint8ClampedArray<ArrayBuffer> };
  question: string;
}

/** What a person can begin from. */
export interface Askable {
  pictures: AskablePicture[];
  /** Side of a picture that can be asked about, in pixels. */
  pictureSize: number;
  /** Questions that the recipe trains, word for word. */
  questions: string[];
  /** How many different things the training pictures show. */
  concepts: number;
}

/** No answer that was ever trained is half as long. */
export const longestAnswer = 24;

export function askable(session: TrainSession, recipe: Recipe): Askable {
  const { pictureSize, concepts } = session.data;
  return {
    pictures: new Exam(session, recipe).pictures(),
    pictureSize,
    questions: session.data.questions(recipe.data.tasks),
    concepts,
  };
}

/**
 * The picture that is asked about, [S, S, 3] in 0–1; see-through pixels lie on white, as everywhere in the data set.
 * @throws EngineError `data-invalid` for a picture of another size or an id that the recipe's panel does not have.
 */
export function askedScene(session: TrainSession, recipe: Recipe, { picture }: Asked): Float32Array {
  const { data } = session;
  if ('id' in picture) {
    const key = new Exam(session, recipe).picture(picture.id);
    if (key !== undefined) return data.pixels(key);
    throw new EngineError(
      'data-invalid',
      `The panel of this recipe has no question “${picture.id}”.`,
      'Run the recipe again, or choose another picture.',
    );
  }
  const { pixels } = picture;
  if (rgbaSide(pixels) !== data.pictureSize)
    throw new EngineError(
      'data-invalid',
      `The picture has ${pixels.length / 4} pixels instead of ${data.pictureSize}×${data.pictureSize}.`,
      'Choose another picture.',
    );
  return fromRgba(pixels);
}

/** Whether a question is one of the forms: white space and case aside, which the two tokenizers keep or not. */
export function isOneOf(question: string, forms: readonly string[]): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return forms.some((form) => plain(form) === plain(question));
}

/** Words of a text that the tokenizer cannot spell. */
export function unknownWords(tokenizer: VlmTokenizer, text: string): string[] {
  const { tokens } = tokenizer.surface;
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.filter((word) =>
    tokenizer.encodeAnswer(word).some((id) => (tokens[id]?.kind ?? 'unknown') === 'unknown'),
  );
}
