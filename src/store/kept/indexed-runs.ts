import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { checkRecord } from '../../engine/run/record-json.ts';
import { putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { EngineError } from '../../engine/errors.ts';
import { sha256 } from '../../engine/sha256.ts';
import { reasonOf } from '../../engine/stored-version.ts';
import {
  databaseName,
  databaseVersion,
  rowSchema,
  savePointSchema,
  upgrade,
  type RunSchema,
} from './run-database-schema.ts';
import { newestFirst, runRow, withWords } from './run-row.ts';
import { UnreadableError, type RunDatabase, type RunList, type SavedRun } from './run-database.ts';
import type { RunRow, SavePoint } from '../slices/runs-slice.ts';

/** States kept beside the one that is written. */
const maxOtherStates = 3;

/** @throws DOMException where the browser refuses storage (private windows, no room), EngineError where a newer page has used it. */
export async function openRunDatabase(): Promise<RunDatabase> {
  try {
    const database = await openDB<RunSchema>(databaseName, databaseVersion, {
      upgrade: (made, from, _, transaction) =>
        void upgrade(made, from, transaction).catch(() => transaction.abort()),
      // A newer page in another tab waits for this one.
      blocking: () => database.close(),
    });
    return new IndexedRuns(database);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'VersionError')) throw error;
    throw new EngineError(
      'storage-refused',
      'A newer version of this page keeps the runs of this browser; this one cannot read them.',
      'Reload the page to get that version.',
      { cause: error },
    );
  }
}

const partsOf = (id: string, from = 0) => IDBKeyRange.bound([id, from], [id, Number.MAX_SAFE_INTEGER]);

class IndexedRuns implements RunDatabase {
  constructor(private readonly database: IDBPDatabase<RunSchema>) {}

  async list(): Promise<RunList> {
    const transaction = this.database.transaction('runs');
    const [ids, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
    const list: RunList = { rows: [], unreadable: [] };
    for (const [i, id] of ids.entries()) {
      const row = rowSchema.safeParse((values[i] as { row?: unknown } | null)?.row);
      if (row.success && row.data.id === id) {
        list.rows.push(row.data);
        continue;
      }
      try {
        // A row says nothing that the record does not.
        const made = runRow((await this.read(id))!);
        list.rows.push(made);
        // For the next visit; where it cannot be written, that one makes it anew.
        await this.replaceRow(made).catch(() => undefined);
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        list.unreadable.push({ id, why: error.message, action: error.action });
      }
    }
    return { ...list, rows: newestFirst(list.rows) };
  }

  async read(id: string): Promise<RunRecord | undefined> {
    const transaction = this.database.transaction(['runs', 'events']);
    const events = transaction.objectStore('events');
    const [run, keys, parts] = await Promise.all([
      transaction.objectStore('runs').get(id),
      events.getAllKeys(partsOf(id)),
      events.getAll(partsOf(id)),
    ]);
    if (run === undefined) return undefined;
    return readable('The record of this run', 'Delete its row, or open the run from a file.', () => {
      let told = 0;
      for (const [i, [, from]] of keys.entries()) {
        if (from !== told) throw new Error(`its events from ${told} to ${from} are missing`);
        told += parts[i]!.length;
      }
      const record = checkRecord({ ...run.head, events: parts.flat() });
      if (record.id !== id) throw new Error('it is the record of another run');
      return record;
    });
  }

  async write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<string[]> {
    const { events, ...head } = record;
    const part = events.slice(from);
    const hash = saved?.bytes && (await sha256(saved.bytes));
    // The old state must not go before the new one is on the disk; of a record, the last seconds at most are lost.
    return this.atOnce(saved === undefined ? 'relaxed' : 'strict', async (to) => {
      const parts = to.objectStore('events');
      await to.objectStore('runs').put({ head, row }, record.id);
      await parts.delete(partsOf(record.id, from));
      if (part.length > 0) await parts.put(part, [record.id, from]);
      return saved === undefined ? [] : replaceState(to, saved, hash);
    });
  }

  describe(id: string, words: RunWords): Promise<void> {
    return this.atOnce('relaxed', async (to) => {
      const kept = await to.objectStore('runs').get(id);
      if (kept === undefined) return;
      putWords(kept.head, words);
      await to.objectStore('runs').put({ head: kept.head, row: withWords(kept.row, words) }, id);
    });
  }

  private replaceRow(row: RunRow): Promise<void> {
    return this.atOnce('relaxed', async (to) => {
      const kept = await to.objectStore('runs').get(row.id);
      if (kept !== undefined) await to.objectStore('runs').put({ head: kept.head, row }, row.id);
    });
  }

  remove(id: string): Promise<void> {
    return this.atOnce('relaxed', async (to) => {
      await to.objectStore('runs').delete(id);
      await to.objectStore('events').delete(partsOf(id));
      await forget(to, [id]);
    });
  }

  async savePoints(): Promise<SavePoint[]> {
    const all = (await this.database.getAll('resumables')).map((value) => savePointSchema.safeParse(value));
    return latestFirst(all.flatMap(({ data }) => data ?? []));
  }

  async state(id: string): Promise<Uint8Array | undefined> {
    const transaction = this.database.transaction(['resumables', 'states']);
    const [about, kept] = await Promise.all([
      transaction.objectStore('resumables').get(id),
      transaction.objectStore('states').get(id),
    ]);
    if (about === undefined || kept === undefined) return undefined;
    const bytes = kept instanceof Blob ? new Uint8Array(await kept.arrayBuffer()) : kept;
    const hash = about.sha256 === undefined ? undefined : await sha256(bytes);
    return readable('The saved state of the run', 'Start the run again from its recipe.', () => {
      if (hash !== about.sha256) throw new Error('it is not what was written');
      return bytes;
    });
  }

  forgetState(id: string): Promise<void> {
    return this.atOnce('relaxed', (to) => forget(to, [id]));
  }

  forgetOtherState(id: string): Promise<string | undefined> {
    return this.atOnce('relaxed', async (to) => {
      // Where nothing was saved yet, forgetting it makes no room.
      const saved = new Set(await to.objectStore('states').getAllKeys());
      const least = (await otherRuns(to, id)).find((other) => saved.has(other));
      if (least !== undefined) await forget(to, [least]);
      return least;
    });
  }

  close(): void {
    this.database.close();
  }

  /** All of `work`'s writes or none of them. It makes one after the other: of those made at once, a failure would leave some unheard. */
  private async atOnce<T>(durability: 'strict' | 'relaxed', work: (to: Writing) => Promise<T>): Promise<T> {
    const transaction = this.database.transaction(stores, 'readwrite', { durability });
    const ended = transaction.done.then(
      () => undefined,
      (error: unknown) => error,
    );
    let result: T;
    try {
      result = await work(transaction);
    } catch (error) {
      // Where the browser has ended it already, its reason says more than that of the request that heard of it.
      const before = transaction.error;
      if (before === null) abort(transaction);
      throw before ?? error;
    }
    const failure = await ended;
    if (failure !== undefined) throw failure;
    return result;
  }
}

const stores: ('runs' | 'events' | 'resumables' | 'states')[] = ['runs', 'events', 'resumables', 'states'];
type Writing = IDBPTransaction<RunSchema, typeof stores, 'readwrite'>;

/** @returns the other runs whose states made way */
async function replaceState(to: Writing, { about, bytes }: SavedRun, hash?: string): Promise<string[]> {
  await to.objectStore('resumables').put({ ...about, sha256: hash }, about.id);
  if (bytes === undefined) await to.objectStore('states').delete(about.id);
  else await to.objectStore('states').put(bytes, about.id);
  const beyond = (await otherRuns(to, about.id)).slice(0, -maxOtherStates);
  await forget(to, beyond);
  return beyond;
}

/** The other runs that can go on, those first whose states would be missed least. */
async function otherRuns(to: Writing, id: string): Promise<string[]> {
  const points = (await to.objectStore('resumables').getAll()).filter((point) => point.id !== id);
  const others: OtherRun[] = [];
  for (const point of points) others.push({ point, row: (await to.objectStore('runs').get(point.id))?.row });
  return leastMissedFirst(others).map(({ point }) => point.id);
}

interface OtherRun {
  point: SavePoint;
  row: Pick<RunRow, 'outcome' | 'sweep'> | undefined;
}

/** States in the order in which they make way: those of failed runs, of others, and of settings trained together that were cut off; each the oldest first. */
export function leastMissedFirst<T extends OtherRun>(runs: readonly T[]): T[] {
  const worth = ({ point, row }: T) => {
    if (row === undefined || row.outcome === 'failed') return 0;
    // Without its state, such a run is taken apart.
    return point.cutOff && row.sweep?.joint === true ? 2 : 1;
  };
  return [...runs].sort((a, b) => worth(a) - worth(b) || (a.point.savedAt < b.point.savedAt ? -1 : 1));
}

async function forget(to: Writing, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await to.objectStore('resumables').delete(id);
    await to.objectStore('states').delete(id);
  }
}

function abort(transaction: Writing): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

/** @throws UnreadableError in place of whatever `read` throws. */
function readable<T>(what: string, action: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof EngineError
      ? new UnreadableError(error.code, error.message, error.action, { cause: error })
      : new UnreadableError('bundle-invalid', `${what} is damaged: ${reasonOf(error)}.`, action, {
          cause: error,
        });
  }
}

function latestFirst<T extends { savedAt: string }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => (a.savedAt < b.savedAt ? 1 : -1));
}
