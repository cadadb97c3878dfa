import { tokenCodes, type TokenBatch } from '../data/batch.ts';
import { toPatches } from '../data/patches.ts';
import type { VlmConfig } from '../models/config.ts';
import type { PromptBatch } from '../wgsl/greedy.ts';

/**
 * A batch's pictures and tokens as the kernels read them.
 * @param pixels one picture an example, [S, S, 3], as the model's preprocessor makes them
 * @param end where the sequences end: with the question, for whoever answers it, or with the answer that is forced on the model
 */
export function promptBatch(
  { vision }: VlmConfig,
  tokens: TokenBatch,
  pixels: readonly Float32Array[],
  end: 'question' | 'answer',
): PromptBatch {
  const { B, Nq, Na } = tokens;
  const { imageSize, patchSize } = vision;
  const patchesEach = (imageSize / patchSize) ** 2;
  const patches = new Float32Array(B * 3 * imageSize ** 2);
  const spans = new Int32Array(B * 3);
  const lengths = answerLengths(tokens);
  pixels.forEach((picture, b) => {
    toPatches(picture, imageSize, patchSize, patches, b * patchesEach);
    const first = tokens.mask.indexOf(1, b * (Nq + Na)) - b * (Nq + Na);
    spans.set([first, end === 'question' ? Nq : Nq + lengths[b]!, Nq - first], b * 3);
  });
  return { patches, codes: tokenCodes(tokens), spans };
}

/** Tokens of each answer, [B]. */
export function answerLengths({ answerMask, B, Na }: TokenBatch): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: B }, (_, b) =>
    answerMask.subarray(b * Na, (b + 1) * Na).reduce((sum, mask) => sum + mask, 0),
  );
}
