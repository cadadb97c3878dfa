import type { z } from 'zod';

/** What is wrong with one field, as an instruction to the person who filled it in. */
export function inPlainWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int') return 'Enter a whole number.';
      if (issue.expected === 'number') return 'Enter a number.';
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
