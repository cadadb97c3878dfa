import { tokenCodes, type TokenBatch } from '../data/batch.ts';
import type { PromptBatch } from '../wgsl/greedy.ts';

/**
 * A batch's pictures and tokens as the kernels read them.
 * @param patches of one picture an example, [B·P, 3·p·p]
 * @param end where the sequences end: with the question, for whoever answers it, or with the answer that is forced on the model
 */
export function promptBatch(
  tokens: TokenBatch,
  patches: Float32Array<ArrayBuffer>,
  end: 'question' | 'answer',
): PromptBatch {
  const { B, Nq, Na } = tokens;
  const spans = new Int32Array(B * 3);
  answerLengths(tokens).forEach((length, b) => {
    const first = tokens.mask.indexOf(1, b * (Nq + Na)) - b * (Nq + Na);
    spans.set([first, end === 'question' ? Nq : Nq + length, Nq - first], b * 3);
  });
  return { patches, codes: tokenCodes(tokens), spans };
}

/** Tokens of each answer, [B]. */
export function answerLengths({ answerMask, B, Na }: TokenBatch): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: B }, (_, b) =>
    answerMask.subarray(b * Na, (b + 1) * Na).reduce((sum, mask) => sum + mask, 0),
  );
}
