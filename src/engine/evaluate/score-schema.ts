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
  /** Fraction of answers that are the teacher's, right or wrong. */
  agreement: measuredFraction.optional(),
  /** p that the model gives to the teacher's answer, in the mean over questions, 0–1. */
  teacherProbability: measuredFraction.optional(),
  /** Expected calibration error of its own answers, 0–1. */
  calibrationError: measuredFraction.optional(),
  byType: z.record(z.string(), storedObject({ exactMatch: measuredFraction, n: z.int().min(0) })),
});
export type Score = z.infer<typeof scoreSchema>;

/** What a score of right and wrong does not tell, where it was measured. */
export const fidelityKeys = ['perplexity', 'agreement', 'teacherProbability', 'calibrationError'] as const;
export type FidelityKey = (typeof fidelityKeys)[number];
