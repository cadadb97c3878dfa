import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { whatIsWrong, withInput } from '../../what-is-wrong.ts';
import type { ModelConfig } from '../config.ts';
import { families, familyOf } from './families.ts';

const typeSchema = z.looseObject({ model_type: z.enum(families.map(({ key }) => key)) });

/**
 * Reads a `config.json` of any family with the keys `transformers` writes.
 * @throws EngineError `file-unsupported` naming the first key that does not fit.
 */
export function parseConfig(json: unknown): ModelConfig {
  const type = typeSchema.safeParse(json, withInput);
  if (!type.success) throw unsupported(type.error);
  const result = familyOf({ family: type.data.model_type }).schema.safeParse(json, withInput);
  if (!result.success) throw unsupported(result.error);
  return result.data;
}

function unsupported(error: z.ZodError): EngineError {
  const known = families.map(({ names: { family, encoder, decoder } }) =>
    encoder === undefined ? family : `${family} with ${encoder} and ${decoder}`,
  );
  return new EngineError(
    'file-unsupported',
    `config.json is not of a supported model: ${whatIsWrong(error)}.`,
    `Use a checkpoint of ${known.slice(0, -1).join(', ')} or ${known.at(-1)}.`,
    { cause: error },
  );
}
