import { z } from 'zod';

/** Parses with the input in every issue, which `whatIsWrong` needs to tell what is missing. */
export const withInput = { reportInput: true } as const;

/** What is wrong with a file, after its first issue: “scores.n is missing”, “decoder.type “F64” is not known”. */
export function whatIsWrong({ issues }: z.core.$ZodError): string {
  const issue = issues[0]!;
  const path = issue.path.map(String).join('.') || 'the file';
  const where = path.length > 80 ? `${path.slice(0, 80)}…` : path;
  switch (issue.code) {
    case 'custom':
    case 'invalid_format':
      return `${where} ${issue.message}`;
    case 'too_small':
      return `${where} is less than ${issue.minimum}`;
    case 'too_big':
      return `${where} is more than ${issue.maximum}`;
    case 'unrecognized_keys':
      return `${where} has the unknown field “${issue.keys[0]!.slice(0, 40)}”`;
    default:
      return `${where} ${stranger(issue.code === 'invalid_union' ? typeOf(issue) : issue.input)}`;
  }
}

/** The type that none of the members of a union has; other unions tell no more than their input. */
function typeOf({ path, input }: z.core.$ZodIssue): unknown {
  const typed = path.at(-1) === 'type' && typeof input === 'object' && input !== null;
  return typed ? (input as { type?: unknown }).type : input;
}

function stranger(input: unknown): string {
  if (input === undefined) return 'is missing';
  return typeof input === 'string' && input.length <= 40 ? `“${input}” is not known` : 'is of the wrong kind';
}
