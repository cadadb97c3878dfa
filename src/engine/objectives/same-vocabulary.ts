import type { LogitInputs } from './objective.ts';

/** @throws RangeError in plain words where logits of different vocabularies would be compared token by token. */
export function sameVocabulary({ student, teacher }: LogitInputs): void {
  const [s, l] = [student.logits.shape[2], teacher.logits.shape[2]];
  if (s !== l)
    throw new RangeError(
      `This objective compares the models token by token, but the student knows ${s} tokens and the teacher ${l}.`,
    );
}
