import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import type { ModelConfig } from '../config.ts';
import { families, familyOf } from './families.ts';

const typeSchema = z.looseObject({
  model_type: z.enum(families.map(({ key }) => key)),
  quantization_config: z
    .unknown()
    .optional()
    .refine((asked) => asked == null, 'asks for quantised weights'),
});

/**
 * Reads a `config.json` of any family with the keys `transformers` writes.
 * @throws EngineError `file-unsupported` naming the first key that does not fit.
 */
export function parseConfig(json: unknown): ModelConfig {
  const type = typeSchema.safeParse(json, withInput);
  if (!type.success) throw unsupported(type.error);
  try {
    const result = familyOf({ family: type.data.model_type }).schema.safeParse(json, withInput);
    if (result.success) return result.data;
    throw unsupported(result.error);
  } catch (error) {
    // Numbers that are right alone and do not fit each other.
    if (error instanceof RangeError) throw unsupported(error);
    throw error;
  }
}

function unsupported(error: z.ZodError | RangeError): EngineError {
  const known = families.map(({ names: { family } }) => family);
  return new EngineError(
    'file-unsupported',
    `config.json is not of a supported model: ${error instanceof RangeError ? error.message : whatIsWrong(error)}.`,
    `Use a checkpoint of ${known.slice(0, -1).join(', ')} or ${known.at(-1)}.`,
    { cause: error },
  );
}
