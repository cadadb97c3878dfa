import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { storedObject } from '../stored-object.ts';
import { reasonOf, requireVersion, type StoredFormat } from '../stored-version.ts';
import { withInput } from '../what-is-wrong.ts';

/** What one laptop sends to the class table. */
const format: StoredFormat = {
  name: 'The result',
  version: 1,
  code: 'bundle-invalid',
  action: 'Copy the result again on that laptop.',
};

const text = z.string().min(1).max(200);
const fraction = z.number().min(0).max(1);
const count = z.int().min(0);

const resultSchema = storedObject({
  format: z.literal('genrecal-result'),
  version: z.literal(1),
  /** Of the run. */
  id: text,
  /** The recipe in words, its seed aside. */
  name: text,
  /** The first digits of the SHA-256 of the recipe, its seed aside: results with the same ones belong together. */
  recipe: z.string().regex(/^[0-9a-f]{12}$/),
  /** Whether somebody changed the recipe by hand on the way. */
  changed: z.literal(true).optional(),
  pair: text,
  seed: count,
  adapter: text,
  /** ISO 8601, UTC. */
  startedAt: z.string().refine((value) => !Number.isNaN(Date.parse(value)), 'is no date'),
  steps: count,
  /** Which drawings were asked about, and how many questions. */
  split: text,
  questions: z.int().min(1),
  /** Exact match, 0–1. */
  teacher: fraction,
  before: fraction,
  /** After the last step, the recipe's own first; means over the seeds where an arm has several. */
  arms: z.array(storedObject({ key: text, label: text, after: fraction })).min(1),
});
export type ClassResult = z.infer<typeof resultSchema>;

/**
 * A result as it was pasted.
 * @throws EngineError with the first thing that is wrong
 */
export function checkResult(json: unknown): ClassResult {
  const version = z.looseObject({ version: z.unknown() }).safeParse(json);
  requireVersion(format, version.data?.version);
  const result = resultSchema.safeParse(json, withInput);
  if (result.success) return result.data;
  throw new EngineError(format.code, `${format.name} is damaged: ${reasonOf(result.error)}.`, format.action, {
    cause: result.error,
  });
}
