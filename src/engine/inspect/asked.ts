import { Exam, type AskablePicture } from '../experiment/exam.ts';
import { canvasSize, toPixelValues } from '../data/emoji/pictures.ts';
import { questionForms } from '../data/emoji/question-forms.ts';
import { EngineError } from '../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import type { VlmTokenizer } from '../models/tokenizers/tokenizer.ts';

/** What a person asks: a question about one of the panel's pictures or about their own. */
export interface Asked {
  /** The id of a panel's question, or 64×64 RGBA. */
  picture: { id: string } | { pixels: Uint8ClampedArray<ArrayBuffer> };
  question: string;
}

/** What a person can begin from. */
export interface Askable {
  pictures: AskablePicture[];
  /** Questions that the recipe trains, word for word. */
  questions: string[];
  /** How many different things the training pictures show. */
  concepts: number;
}

/** No answer that was ever trained is half as long. */
export const longestAnswer = 24;

export function askable(session: TrainSession, recipe: Recipe): Askable {
  return {
    pictures: new Exam(session, recipe).pictures(),
    questions: questionForms(session.manifest, recipe.data.tasks),
    concepts: session.manifest.concepts.filter(({ split }) => split === 'train').length,
  };
}

/**
 * The scene that is asked about, [64, 64, 3] in 0–1; see-through pixels lie on white, as everywhere in the data set.
 * @throws EngineError `data-invalid` for a picture of another size or an id that the recipe's panel does not have.
 */
export function askedScene(session: TrainSession, recipe: Recipe, { picture }: Asked): Float32Array {
  if ('id' in picture) {
    const scene = new Exam(session, recipe).scene(picture.id);
    if (scene !== undefined) return scene;
    throw new EngineError(
      'data-invalid',
      `The panel of this recipe has no question “${picture.id}”.`,
      'Run the recipe again, or choose another picture.',
    );
  }
  const { pixels } = picture;
  const count = canvasSize * canvasSize;
  if (pixels.length !== count * 4)
    throw new EngineError(
      'data-invalid',
      `The picture has ${pixels.length / 4} pixels instead of ${canvasSize}×${canvasSize}.`,
      'Choose another picture.',
    );
  const scene = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const opacity = pixels[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) scene[i * 3 + c] = (pixels[i * 4 + c]! / 255) * opacity + 1 - opacity;
  }
  return scene;
}

/** A scene as a model's preprocessor makes it, [S, S, 3]. */
export function scenePixels(model: LoadedModel, scene: Float32Array): Float32Array {
  const { imageMean, imageStd } = model.checkpoint.preprocessor;
  return toPixelValues(scene, model.config.vision.imageSize, imageMean, imageStd);
}

/** Words of a text that the tokenizer cannot spell. */
export function unknownWords(tokenizer: VlmTokenizer, text: string): string[] {
  const { tokens } = tokenizer.surface;
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.filter((word) =>
    tokenizer.encodeAnswer(word).some((id) => (tokens[id]?.kind ?? 'unknown') === 'unknown'),
  );
}
