import type { z } from 'zod';
import { readNumber, type NumberKind } from './typed-number.ts';

/** What a field takes; numbers say it themselves (`asTyped`). */
const kinds: Readonly<Record<string, string>> = {
  boolean: 'Choose on or off.',
  string: 'Enter a text.',
  array: 'Give a list.',
  object: 'Give fields with their values.',
  record: 'Give fields with their values.',
};

/** What is wrong with one field, as an instruction to the person who filled it in. */
export function inPlainWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.message;
    case 'too_small':
      if (issue.origin === 'string') return 'Enter a text.';
      return issue.origin === 'array' ? issue.message : `Enter ${issue.minimum} or more.`;
    case 'too_big':
      if (issue.origin === 'string') return `Use at most ${issue.maximum} characters.`;
      return issue.origin === 'array' ? issue.message : `Enter ${issue.maximum} or less.`;
    case 'invalid_union':
      return 'Enter a text or a number, or choose on or off.';
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
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
