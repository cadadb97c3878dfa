import { z } from 'zod';
import { measured, measuredFraction } from '../json-numbers.ts';
import { storedObject } from '../stored-object.ts';

/** How well a model answered a fixed set of questions. */
export const scoreSchema = storedObject({
  /** Fraction of answers that equal the reference exactly, 0–1. */
  exactMatch: measuredFraction,
  /** Number of questions. */
  n: z.int().min(0),
  /** One character a question: “1” right, “0” wrong. */
  right: z.string().regex(/^[01]*$/),
  /** Of the true answers, per token of the model's own tokenizer; where it was measured. */
  perplexity: measured.optional(),
  byType: z.record(z.string(), storedObject({ exactMatch: measuredFraction, n: z.int().min(0) })),
});
export type Score = z.infer<typeof scoreSchema>;
