import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { z } from 'zod';
import type { Remembered } from '../slices/pair-slice.ts';

const databaseName = 'genrecal-remembered';
/** Raise it with every change of what lies in it, and teach `upgrade` the step. */
const databaseVersion = 1;

interface PlacesSchema extends DBSchema {
  places: { key: string; value: Remembered };
}

const placeSchema: z.ZodType<Remembered> = z.object({
  what: z.enum(['model', 'pictures', 'questions']),
  name: z.string(),
  label: z.string(),
  bytes: z.number(),
  rememberedAt: z.string(),
  place: z.union([
    z.custom<FileSystemDirectoryHandle>(
      (value) => value instanceof FileSystemHandle && value.kind === 'directory',
    ),
    z.object({ repo: z.string(), revision: z.string() }),
  ]),
});

/** What is remembered, the latest first; what cannot be read is of no use, and left out. @throws DOMException where the browser refuses storage */
export function listPlaces(): Promise<Remembered[]> {
  return withPlaces(async (database) =>
    (await database.getAll('places'))
      .flatMap((value) => placeSchema.safeParse(value).data ?? [])
      .sort((a, b) => b.rememberedAt.localeCompare(a.rememberedAt)),
  );
}

/** Remembers a place; what the same folder held before is no longer there. @throws DOMException where the browser refuses storage */
export async function putPlace(place: Remembered): Promise<void> {
  const before: string[] = [];
  for (const other of await listPlaces())
    if (other.what === place.what && (await isSamePlace(other, place))) before.push(other.name);
  await withPlaces(async (database) => {
    const { store, done } = database.transaction('places', 'readwrite');
    await Promise.all([...before.map((name) => store.delete(name)), store.put(place), done]);
  });
}

/** @throws DOMException where the browser refuses storage */
export function deletePlace(name: string): Promise<void> {
  return withPlaces((database) => database.delete('places', name));
}

async function isSamePlace({ place: a }: Remembered, { place: b }: Remembered): Promise<boolean> {
  return 'repo' in a || 'repo' in b ? false : a.isSameEntry(b);
}

/** Opened for each use: they are few, and another tab may bring a newer version. */
async function withPlaces<T>(task: (database: IDBPDatabase<PlacesSchema>) => Promise<T>): Promise<T> {
  const database = await openDB<PlacesSchema>(databaseName, databaseVersion, {
    upgrade(made, from) {
      if (from < 1) made.createObjectStore('places', { keyPath: 'name' });
    },
  });
  try {
    return await task(database);
  } finally {
    database.close();
  }
}
