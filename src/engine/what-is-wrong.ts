import { z } from 'zod';
import { EngineError, type EngineErrorCode } from './errors.ts';

/** Parses with the input in every issue, which `whatIsWrong` needs to tell what is missing. */
export const withInput = { reportInput: true } as const;

/** What a file holds, by its schema. @throws EngineError that names the first thing that is wrong with it */
export function parsed<T>(
  schema: z.ZodType<T>,
  json: unknown,
  { code, what, action }: { code: EngineErrorCode; what: string; action: string },
): T {
  const result = schema.safeParse(json, withInput);
  if (result.success) return result.data;
  throw new EngineError(code, `${what} not valid: ${whatIsWrong(result.error)}.`, action, {
    cause: result.error,
  });
}

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
    case 'invalid_value':
      return `${where} ${strange(issue.input, true)}`;
    case 'invalid_union':
      return `${where} ${hasType(issue) ? strange(issue.input[issue.path.at(-1)!], true) : strange(issue.input)}`;
    default:
      return `${where} ${strange(issue.input)}`;
  }
}

/** Whether an issue is about the type that tells the members of a union apart. */
function hasType(
  issue: z.core.$ZodIssue,
): issue is z.core.$ZodIssue & { input: Record<PropertyKey, unknown> } {
  return (
    ['type', 'model_type'].includes(String(issue.path.at(-1))) &&
    typeof issue.input === 'object' &&
    issue.input !== null
  );
}

function strange(input: unknown, amongNames = false): string {
  if (input === undefined) return 'is missing';
  return amongNames && typeof input === 'string'
    ? `“${input.slice(0, 40)}” is not known`
    : 'is of the wrong kind';
}
