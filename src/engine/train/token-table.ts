import { makeTokenBatch, tokenCodes } from '../data/batch.ts';
import type { Bounds } from '../data/bounds.ts';
import type { Example } from '../data/example.ts';
import type { LoadedModel } from '../session.ts';

/** One example as one model reads it. */
export interface TokenRow {
  /** [Nq+Na]: a token id, or −1 − j for the j-th image token. */
  codes: Int32Array;
  /** [Na] */
  labels: Int32Array;
  /** First real token of the left-padded question. */
  first: number;
  /** Real answer tokens, end-of-sequence included. */
  answerLength: number;
}

/** Tokenizes each example once. */
export class TokenTable {
  private readonly rows = new Map<number, TokenRow>();

  constructor(
    private readonly model: LoadedModel,
    private readonly examples: readonly Example[],
    readonly bounds: Bounds,
  ) {}

  get length(): number {
    return this.bounds.Nq + this.bounds.Na;
  }

  row(index: number): TokenRow {
    let row = this.rows.get(index);
    if (row === undefined) {
      row = tokenRow(this.model, this.examples[index]!, this.bounds);
      this.rows.set(index, row);
    }
    return row;
  }
}

function tokenRow(model: LoadedModel, example: Example, bounds: Bounds): TokenRow {
  const batch = makeTokenBatch(model.tokenizer, [example], bounds);
  return {
    codes: tokenCodes(batch),
    labels: batch.ids.slice(bounds.Nq),
    first: batch.mask.indexOf(1),
    answerLength: batch.answerMask.reduce((sum, value) => sum + value, 0),
  };
}
