import { z } from 'zod';
import { recipeSchema } from '../recipe/schema.ts';
import { storedObject } from '../stored-object.ts';

/** A run as it told itself, as a file or a database holds it; its events are read one by one (`parseEvent`). */
export const recordSchema = storedObject({
  format: z.literal(1),
  id: z.string().min(1).max(100),
  /** ISO 8601, UTC. */
  startedAt: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is no date'),
  recipe: recipeSchema,
  adapter: z.string(),
  /** SHA-256 of what was trained on and with. */
  dataHash: z.string(),
  checkpoints: storedObject({ teacher: z.string(), student: z.string() }),
  outcome: z.enum(['running', 'done', 'stopped', 'failed']),
  /** How a run without a browser was made. */
  origin: storedObject({ command: z.string(), commit: z.string() }).optional(),
  events: z.array(storedObject({ at: z.number().min(0), event: z.unknown() })),
});
