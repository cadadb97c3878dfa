import { makeTokenBatch, sequenceBounds } from '../data/batch.ts';
import { composeScene, toPixelValues, type Sheets } from '../data/pictures.ts';
import type { Example } from '../data/questions.ts';
import type { Vlm } from '../nn/vlm.ts';
import type { LoadedModel } from '../session.ts';
import { disposePrompts, generate, prompts } from './generate.ts';

/** Pixel values [S, S, 3] of an example as a model's preprocessor makes them. */
export function pixelsFor(model: LoadedModel, example: Example, sheets: Sheets): Float32Array {
  const { imageMean, imageStd } = model.checkpoint.preprocessor;
  return toPixelValues(composeScene(example, sheets), model.config.vision.imageSize, imageMean, imageStd);
}

/**
 * A model's greedy answer to every example, as text. Works in batches of fixed shape; the last one is filled up with copies
 * that are not returned.
 */
export async function answerAll(
  vlm: Vlm,
  model: LoadedModel,
  examples: readonly Example[],
  sheets: Sheets,
  batchSize = 32,
): Promise<string[]> {
  const { Nq, Na } = sequenceBounds(model.tokenizer, examples);
  const width = Math.min(batchSize, examples.length);
  const answers: string[] = [];
  for (let start = 0; start < examples.length; start += width) {
    const chunk = examples.slice(start, start + width);
    const filled = [...chunk, ...Array<Example>(width - chunk.length).fill(chunk[0]!)];
    const tokens = makeTokenBatch(model.tokenizer, filled, { Nq, Na });
    const batch = prompts(
      model.config,
      tokens,
      filled.map((example) => pixelsFor(model, example, sheets)),
      // One spare token shows an answer that should have ended.
      Na + 1,
    );
    const ids = await generate(vlm, batch);
    disposePrompts(batch);
    for (let i = 0; i < chunk.length; i++) {
      const row = ids[i]!;
      const end = row.indexOf(model.tokenizer.eosId);
      answers.push(model.tokenizer.decode(end === -1 ? row : row.slice(0, end)).trim());
    }
  }
  return answers;
}
