import { tokenCodes, type TokenBatch } from '../data/batch.ts';
import type { PromptBatch } from '../wgsl/greedy.ts';

/**
 * A batch's tokens, and its pictures if the model reads any, as the kernels read them.
 * @param pictures patches of one picture an example, [B·P, 3·p·p], or where a table holds them, [B]
 * @param end where the sequences end: with the question, for whoever answers it, or with the answer that is forced on the model
 */
export function promptBatch(
  tokens: TokenBatch,
  pictures: PromptBatch['pictures'],
  end: 'question' | 'answer',
): PromptBatch {
  const { B, Nq, Na } = tokens;
  const spans = new Int32Array(B * 3);
  for (let b = 0; b < B; b++) {
    const length = tokens.answerMask.subarray(b * Na, (b + 1) * Na).reduce((sum, mask) => sum + mask, 0);
    const first = tokens.mask.indexOf(1, b * (Nq + Na)) - b * (Nq + Na);
    spans.set([first, end === 'question' ? Nq : Nq + length, Nq - first], b * 3);
  }
  return { pictures, codes: tokenCodes(tokens), spans };
}
