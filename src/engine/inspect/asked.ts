import { isExactMatch } from '../evaluate/score.ts';
import { answerText } from '../models/tokenizers/answer-text.ts';
import { Exam, type AskablePicture } from '../experiment/exam.ts';
import { fromRgba, rgbaSide } from '../data/picture.ts';
import { plainQuestion } from '../data/plain-question.ts';
import { EngineError } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import type { VlmTokenizer } from '../models/tokenizers/tokenizer.ts';

/** What a person asks: a question about one of the panel's pictures or about their own, or about none where the pair reads none. */
export interface Asked {
  /** The id of a panel's question, or RGBA bytes of the data set's size. */
  picture?: { id: string } | { pixels: Uint8ClampedArray<ArrayBuffer> };
  question: string;
  /** Leaves out the trained students that are in the engine: the page shows a record, and they are not its. */
  untouched?: boolean;
}

/** What a person can begin from. */
export interface Askable {
  pictures: AskablePicture[];
  /** Side of a picture that can be asked about, in pixels; none where the pair reads no pictures. */
  pictureSize?: number;
  /** Questions that the recipe trains, word for word. */
  questions: string[];
  /** How many different things the training questions are about; undefined where nobody knows. */
  concepts: number | undefined;
}

/** No answer that was ever trained is half as long. */
export const longestAnswer = 24;

export function askable(session: TrainSession, recipe: Recipe): Askable {
  const { pictures, concepts } = session.data;
  return {
    pictures: new Exam(session, recipe).pictures(),
    ...(pictures && { pictureSize: pictures.size }),
    questions: session.data.questions(recipe.data.tasks),
    concepts,
  };
}

/**
 * The picture that is asked about, [S, S, 3] in 0–1, undefined where the pair reads none; see-through pixels lie on white, as everywhere in the data set.
 * @throws EngineError `data-invalid` for a picture of another size, where one is missing or too many, or an id that the recipe's panel does not have.
 */
export function askedScene(
  session: TrainSession,
  recipe: Recipe,
  { picture }: Asked,
): Float32Array | undefined {
  const { pictures } = session.data;
  if (pictures === undefined && picture === undefined) return undefined;
  if (pictures === undefined || picture === undefined)
    throw new EngineError(
      'data-invalid',
      pictures === undefined ? 'This pair reads no pictures.' : 'There is no picture to ask about.',
      pictures === undefined ? 'Ask without a picture.' : 'Choose a picture.',
    );
  if ('id' in picture) {
    const key = new Exam(session, recipe).picture(picture.id);
    if (key !== undefined) return pictures.pixels(key);
    throw new EngineError(
      'data-invalid',
      `The panel of this recipe has no question “${picture.id}”.`,
      'Run the recipe again, or choose another picture.',
    );
  }
  const { pixels } = picture;
  if (rgbaSide(pixels) !== pictures.size)
    throw new EngineError(
      'data-invalid',
      `The picture has ${pixels.length / 4} pixels instead of ${pictures.size}×${pictures.size}.`,
      'Choose another picture.',
    );
  return fromRgba(pixels);
}

/** Whether a question is one of the forms. */
export function isOneOf(question: string, forms: readonly string[]): boolean {
  return forms.some((form) => plainQuestion(form) === plainQuestion(question));
}

/** Words of a text that the tokenizer cannot spell: some marks it does not know, others (accents, where it drops them) it gives back as something else. */
export function unknownWords(tokenizer: VlmTokenizer, text: string): string[] {
  const { tokens } = tokenizer.surface;
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.filter((word) => {
    const ids = tokenizer.encodeAnswer(word);
    return (
      ids.some((id) => (tokens[id]?.kind ?? 'unknown') === 'unknown') ||
      !isExactMatch(answerText(tokenizer, ids), word)
    );
  });
}
