import type { Bounds } from './bounds.ts';
import type { Example } from './example.ts';

/** What batches need of a model's tokenizer. */
export interface BatchTokenizer {
  readonly padId: number;
  /** None of a model of text alone. */
  readonly imageId?: number;
  /** The whole prompt, a picture's tokens included. */
  encodeQuestion(question: string): number[];
  /** Ends with the end-of-sequence token. */
  encodeAnswer(answer: string): number[];
  decode(ids: readonly number[]): string;
}

/**
 * One batch as one model's tokenizer splits it. Questions are padded on the left, answers on the right, so that every
 * sequence is [pad… q | a …pad] and splits at the same place.
 */
export interface TokenBatch extends Bounds {
  /** [B, Nq+Na] */
  ids: Int32Array;
  /** [B, Nq+Na], 1 = real token. */
  mask: Float32Array;
  /** [B, Na] */
  answerMask: Float32Array;
  B: number;
  /** [B, T]: where the picture's tokens stand, 0…Nq−1; empty without pictures. */
  imagePositions: Int32Array;
}

/** Longest question and answer of a set of examples: the static shape of a run. */
export function sequenceBounds(tokenizer: BatchTokenizer, examples: readonly Example[]): Bounds {
  const longest = (texts: Iterable<string>, encode: (text: string) => number[]) => {
    let length = 0;
    for (const text of new Set(texts)) length = Math.max(length, encode(text).length);
    return length;
  };
  return {
    Nq: longest(
      examples.map((example) => example.question),
      (text) => tokenizer.encodeQuestion(text),
    ),
    Na: longest(
      examples.map((example) => example.answer),
      (text) => tokenizer.encodeAnswer(text),
    ),
  };
}

/** A batch of fixed size: a short one is filled up with copies of its first example, whose answers nobody reads. */
export function filledUp<T>(examples: readonly T[], size: number): T[] {
  return [...examples, ...Array<T>(size - examples.length).fill(examples[0]!)];
}

/** @throws RangeError when a question or answer is longer than its bound. */
export function makeTokenBatch(
  tokenizer: BatchTokenizer,
  examples: readonly Example[],
  bounds: Bounds,
): TokenBatch {
  const rows = examples.map(({ question, answer }) => ({
    question: tokenizer.encodeQuestion(question),
    answer: tokenizer.encodeAnswer(answer),
  }));
  return packTokens(tokenizer, rows, bounds);
}

/** A batch of token ids that are known already, as a model's own answer is. @throws RangeError when a row is longer than its bound. */
export function packTokens(
  tokenizer: Pick<BatchTokenizer, 'padId' | 'imageId' | 'decode'>,
  rows: readonly { question: readonly number[]; answer: readonly number[] }[],
  { Nq, Na }: Bounds,
): TokenBatch {
  const B = rows.length;
  const length = Nq + Na;
  const ids = new Int32Array(B * length).fill(tokenizer.padId);
  const mask = new Float32Array(B * length);
  const answerMask = new Float32Array(B * Na);
  const imagePositions: number[] = [];
  rows.forEach(({ question, answer }, b) => {
    if (question.length > Nq || answer.length > Na)
      throw new RangeError(
        `“${tokenizer.decode(question)} ${tokenizer.decode(answer)}” does not fit ${Nq}+${Na} tokens`,
      );
    const start = b * length + Nq - question.length;
    ids.set(question, start);
    ids.set(answer, b * length + Nq);
    mask.fill(1, start, b * length + Nq + answer.length);
    answerMask.fill(1, b * Na, b * Na + answer.length);
    question.forEach((id, i) => {
      if (id === tokenizer.imageId) imagePositions.push(Nq - question.length + i);
    });
  });
  return { ids, mask, answerMask, B, Nq, Na, imagePositions: Int32Array.from(imagePositions) };
}

/** A batch's ids as kernels read them, [B·(Nq+Na)]: a token id, or −1 − j for the j-th image token of its picture. */
export function tokenCodes({ ids, B, Nq, Na, imagePositions }: TokenBatch): Int32Array<ArrayBuffer> {
  const codes = Int32Array.from(ids);
  const images = imagePositions.length / B;
  imagePositions.forEach((position, i) => {
    codes[Math.floor(i / images) * (Nq + Na) + position] = -1 - (i % images);
  });
  return codes;
}
