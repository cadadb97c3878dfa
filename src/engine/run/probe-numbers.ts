import { z } from 'zod';
import { measured } from '../json-numbers.ts';
import { storedObject } from '../stored-object.ts';

/** Whether the Recalibrator listens to the student, on one batch of held-out questions; losses are means over real answer tokens, nats. */
export const probeNumbersSchema = storedObject({
  mainKl: measured,
  /** With z_qs replaced by zeros. */
  mainKlZeroed: measured,
  /** With z_qs of another question of the same kind. */
  mainKlShuffled: measured,
  mainCe: measured,
  mainCeZeroed: measured,
  mainCeShuffled: measured,
  /** ‖∂L_main/∂z_qs‖ */
  questionGradient: measured,
  /** Mean share of their attention that the answer's tokens give to the question's in Rec-body, 0–1. */
  questionAttention: measured,
});
export type ProbeNumbers = z.infer<typeof probeNumbersSchema>;

/** A token of a held-out answer, as the teacher spells it. */
export const sampledTokenSchema = storedObject({
  /** Which question's: 0, 1, … */
  example: z.int().min(0),
  text: z.string(),
  /** The answer's first: its row is the question's last position. */
  first: z.boolean(),
});
export type SampledToken = z.infer<typeof sampledTokenSchema>;
