import type { z } from 'zod';
import { readNumber, type NumberKind } from './typed-number.ts';

/** What is wrong with one field, as an instruction to the person who filled it in. */
export function inPlainWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'boolean') return 'Choose on or off.';
      return issue.message;
    case 'too_small':
      return issue.origin === 'array' ? issue.message : `Enter ${issue.minimum} or more.`;
    case 'too_big':
      return issue.origin === 'array' ? issue.message : `Enter ${issue.maximum} or less.`;
    case 'invalid_value':
      return `Choose one of ${issue.values.map(String).join(', ')}.`;
    case 'unrecognized_keys':
      return `A recipe has no field ${issue.keys.map((key) => `“${key}”`).join(', ')}.`;
    default:
      return issue.message;
  }
}

/** What is wrong with a number field's value, which may be the text that a person has typed. */
export function asTyped(input: unknown, kind: NumberKind): string {
  const read = readNumber(typeof input === 'string' ? input : '', kind);
  // A text that reads as a number came from a file, where a number should be one.
  return read.ok ? 'Write the number without quotes.' : read.message;
}
