import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { z } from 'zod';
import type { RunRecord, TimedEvent } from '../../engine/run/record.ts';
import { recipeSchema } from '../../engine/recipe/schema.ts';
import type { RunRow, SavePoint } from '../slices/runs-slice.ts';

export const databaseName = 'genrecal-runs';
/** Raise it with every change of the stores or of what lies in them, and teach `upgrade` the step. */
export const databaseVersion = 2;

export interface RunSchema extends DBSchema {
  runs: { key: string; value: { head: Omit<RunRecord, 'events'>; row: RunRow } };
  /** Events in parts, so that a long run never writes its past again; by run and index of the first. */
  events: { key: [string, number]; value: TimedEvent[] };
  /** Where runs can go on; by run. The hash is of the state's bytes: none where nothing was saved yet, nor before version 2. */
  resumables: { key: string; value: SavePoint & { sha256?: string } };
  /** What they go on from (`encodeState`); by run. A blob before version 2. */
  states: { key: string; value: Uint8Array | Blob };
}

type Upgrade = IDBPTransaction<RunSchema, StoreNames<RunSchema>[], 'versionchange'>;

/** Brings a database of any earlier version to the present one; 0 = there was none. */
export async function upgrade(
  database: IDBPDatabase<RunSchema>,
  from: number,
  transaction: Upgrade,
): Promise<void> {
  if (from < 1) {
    database.createObjectStore('runs');
    database.createObjectStore('events');
  }
  if (from < 2) {
    database.createObjectStore('resumables');
    database.createObjectStore('states');
  }
  if (from === 1) await takeSavedRun(database as unknown as IDBPDatabase, transaction);
}

/** Version 1 had room for one state, whatever run it was of. */
async function takeSavedRun(database: IDBPDatabase, transaction: Upgrade): Promise<void> {
  const saved = (transaction as unknown as IDBPTransaction<unknown, string[], 'versionchange'>).objectStore(
    'saved',
  );
  const [about, bytes] = await Promise.all([
    saved.get('about') as Promise<unknown>,
    saved.get('bytes') as Promise<unknown>,
  ]);
  const savePoint = savePointSchema.safeParse(about);
  if (savePoint.success && bytes instanceof Blob) {
    await transaction.objectStore('resumables').put(savePoint.data, savePoint.data.id);
    await transaction.objectStore('states').put(bytes, savePoint.data.id);
  }
  database.deleteObjectStore('saved');
}

/** NaN and ∞ are values too: a loss that exploded must not hide its run. */
const number = z.custom<number>((value) => typeof value === 'number', 'is no number');
const band = z.looseObject({ mean: number, low: number, high: number });

export const rowSchema: z.ZodType<RunRow> = z.looseObject({
  id: z.string(),
  name: z.string(),
  wholeName: z.string(),
  given: z.string().optional(),
  note: z.string().optional(),
  sweep: z
    .looseObject({
      id: z.string(),
      fields: z.array(z.string()),
      together: z.int().optional(),
      joint: z.boolean().optional(),
    })
    .optional(),
  startedAt: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is no date'),
  adapter: z.string(),
  outcome: z.enum(['running', 'done', 'stopped', 'failed']),
  recipe: recipeSchema,
  step: number,
  totalSteps: number,
  before: number.optional(),
  after: band.optional(),
  questions: number.optional(),
  final: z.boolean(),
  // Without its sign it is of an earlier page, which took the band alone for certainty: the row is made anew from the record.
  gain: band.extend({ over: z.string(), sign: z.enum(['better', 'worse', 'same']) }).optional(),
  loss: number.optional(),
  seconds: number,
}) as unknown as z.ZodType<RunRow>;

export const savePointSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  step: z.int().min(0),
  totalSteps: z.int().min(0),
  savedAt: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is no date'),
  cutOff: z.boolean(),
  sha256: z.string().optional(),
});
