import { z } from 'zod';
import { recipeSchema } from '../recipe/schema.ts';
import { storedObject } from '../stored-object.ts';

/** Letters of what a person may call a run, and of what they may remark. */
export const maxNameLength = 80;
export const maxNoteLength = 1000;

/** A setting of a sweep that is trained together with others: the record it would have alone is made of it when the run is over. */
const jointSetting = storedObject({
  recipe: recipeSchema,
  /** Its arms, the recipe's own first: each one's key, and the key of the run's arm that trains it. */
  arms: z.array(storedObject({ key: z.string(), as: z.string() })).min(1),
});
export type JointSetting = z.infer<typeof jointSetting>;

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
  /** What a person calls the run, and remarks on it. */
  name: z.string().min(1).max(maxNameLength).optional(),
  note: z.string().min(1).max(maxNoteLength).optional(),
  /** The sweep that it is part of, and the fields, by path, that were varied in that. */
  sweep: storedObject({
    id: z.string(),
    fields: z.array(z.string()),
    /** How many settings were trained together, this one among them: the times are those of all. */
    together: z.int().min(2).optional(),
    /** What is trained together, while that goes on: the run is then several settings. */
    settings: z.array(jointSetting).min(2).optional(),
  }).optional(),
  events: z.array(storedObject({ at: z.number().min(0), event: z.unknown() })),
});
