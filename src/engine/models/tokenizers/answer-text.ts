import type { VlmTokenizer } from './tokenizer.ts';

/** What generated ids say, up to the end-of-sequence token; what follows it is meaningless. */
export function answerText(tokenizer: VlmTokenizer, ids: readonly number[]): string {
  const end = ids.indexOf(tokenizer.eosId);
  return tokenizer.decode(end === -1 ? ids : ids.slice(0, end)).trim();
}
