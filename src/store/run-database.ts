import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { RunRecord, TimedEvent } from '../engine/distill/run-record.ts';
import type { Resumable, RunRow } from './runs-slice.ts';

/** Where runs are kept. Every method may be refused: storage is a favour of the browser. */
export interface RunDatabase {
  /** Newest first. */
  rows(): Promise<RunRow[]>;
  read(id: string): Promise<RunRecord | undefined>;
  /**
   * Writes a record's row and its events from index `from` on; earlier ones have been written before. `saved` takes the place of the one
   * saved state in the same transaction.
   */
  write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<void>;
  remove(id: string): Promise<void>;
  resumable(): Promise<Resumable | undefined>;
  /** The saved state's bytes (`encodeState`). */
  state(): Promise<Uint8Array | undefined>;
  forgetState(): Promise<void>;
}

export interface SavedRun {
  about: Resumable;
  bytes: Uint8Array;
}

interface Schema extends DBSchema {
  runs: { key: string; value: { head: Omit<RunRecord, 'events'>; row: RunRow } };
  /** Events in parts, so that a long run never writes its past again; by run and index of the first. */
  events: { key: [string, number]; value: TimedEvent[] };
  saved: { key: 'about' | 'bytes'; value: Resumable | Blob };
}

/** @throws DOMException where the browser refuses storage (private windows, no room). */
export async function openRunDatabase(): Promise<RunDatabase> {
  const database = await openDB<Schema>('genrecal-runs', 1, {
    upgrade(made) {
      made.createObjectStore('runs');
      made.createObjectStore('events');
      made.createObjectStore('saved');
    },
    // A newer page in another tab waits for this one.
    blocking: () => database.close(),
  });
  return new IndexedRuns(database);
}

const partsOf = (id: string, from = 0) => IDBKeyRange.bound([id, from], [id, Number.MAX_SAFE_INTEGER]);

class IndexedRuns implements RunDatabase {
  constructor(private readonly database: IDBPDatabase<Schema>) {}

  async rows(): Promise<RunRow[]> {
    return newestFirst((await this.database.getAll('runs')).map(({ row }) => row));
  }

  async read(id: string): Promise<RunRecord | undefined> {
    const transaction = this.database.transaction(['runs', 'events']);
    const [run, parts] = await Promise.all([
      transaction.objectStore('runs').get(id),
      transaction.objectStore('events').getAll(partsOf(id)),
    ]);
    return run && { ...run.head, events: parts.flat() };
  }

  async write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<void> {
    const { events, ...head } = record;
    const transaction = this.database.transaction(['runs', 'events', 'saved'], 'readwrite');
    const parts = transaction.objectStore('events');
    await Promise.all([
      transaction.objectStore('runs').put({ head, row }, record.id),
      parts.delete(partsOf(record.id, from)),
      events.length > from && parts.put(events.slice(from), [record.id, from]),
      saved && transaction.objectStore('saved').put(saved.about, 'about'),
      saved &&
        transaction.objectStore('saved').put(new Blob([saved.bytes as Uint8Array<ArrayBuffer>]), 'bytes'),
      transaction.done,
    ]);
  }

  async remove(id: string): Promise<void> {
    const transaction = this.database.transaction(['runs', 'events'], 'readwrite');
    await Promise.all([
      transaction.objectStore('runs').delete(id),
      transaction.objectStore('events').delete(partsOf(id)),
      transaction.done,
    ]);
  }

  async resumable(): Promise<Resumable | undefined> {
    return (await this.database.get('saved', 'about')) as Resumable | undefined;
  }

  async state(): Promise<Uint8Array | undefined> {
    const blob = (await this.database.get('saved', 'bytes')) as Blob | undefined;
    return blob && new Uint8Array(await blob.arrayBuffer());
  }

  forgetState(): Promise<void> {
    return this.database.clear('saved');
  }
}

export function newestFirst(rows: readonly RunRow[]): RunRow[] {
  return [...rows].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}
