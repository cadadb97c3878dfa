import { putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { EngineError, type EngineFailure } from '../../engine/errors.ts';
import { UnreadableError, type RunDatabase, type RunList, type SavedRun } from './run-database.ts';
import { newestFirst, withWords } from './run-row.ts';
import type { RunRow, SavePoint } from '../slices/runs-slice.ts';

/**
 * Keeps runs in a database, and those that it refuses in memory until it takes them: the page goes on, and says once what lasts only until
 * it is closed. A connection that the browser has closed is opened again.
 */
export class RunKeeper implements Omit<RunDatabase, 'forgetOtherStates' | 'close'> {
  private readonly memory = new Map<string, { record: RunRecord; row: RunRow }>();
  /** The one state that the database has refused: the latest. */
  private refusedState: SavedRun | undefined;
  private connection: Promise<RunDatabase> | undefined;
  private refused = false;

  constructor(
    private readonly open: () => Promise<RunDatabase>,
    private readonly onRefused: (failure: EngineFailure) => void,
  ) {}

  async list(): Promise<RunList> {
    const kept = await this.ask((database) => database.list());
    const own = [...this.memory.values()].map(({ row }) => row);
    const others = kept?.rows.filter(({ id }) => !this.memory.has(id)) ?? [];
    return { rows: newestFirst([...others, ...own]), unreadable: kept?.unreadable ?? [] };
  }

  async read(id: string): Promise<RunRecord | undefined> {
    return this.memory.get(id)?.record ?? this.ask((database) => database.read(id));
  }

  async write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<void> {
    const { id } = record;
    // What the database refused before, it has nothing of.
    const start = this.memory.has(id) ? 0 : from;
    const written = await this.ask((database) => writeSomehow(database, record, row, start, saved));
    if (written === undefined) this.memory.set(id, { record, row });
    else this.memory.delete(id);
    if (saved === undefined) return;
    const lost = written !== 'whole';
    if (lost || this.refusedState?.about.id === id) this.refusedState = lost ? saved : undefined;
    if (written === 'record') this.tell(noRoomForStates);
  }

  /** Whether what was written of a run lasts beyond the page. */
  lasts(id: string): boolean {
    return !this.memory.has(id);
  }

  async describe(id: string, words: RunWords): Promise<void> {
    const own = this.memory.get(id);
    if (own === undefined) {
      await this.ask((database) => database.describe(id, words));
      return;
    }
    putWords(own.record, words);
    this.memory.set(id, { record: own.record, row: withWords(own.row, words) });
  }

  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    this.drop(id);
    await this.ask((database) => database.remove(id));
  }

  async savePoints(): Promise<SavePoint[]> {
    return (await this.ask((database) => database.savePoints())) ?? [];
  }

  async state(id: string): Promise<Uint8Array | undefined> {
    const own = this.refusedState?.about.id === id ? this.refusedState.bytes : undefined;
    return own ?? this.ask((database) => database.state(id));
  }

  async forgetState(id: string): Promise<void> {
    this.drop(id);
    await this.ask((database) => database.forgetState(id));
  }

  private drop(id: string): void {
    if (this.refusedState?.about.id === id) this.refusedState = undefined;
  }

  /** @throws UnreadableError; a refusal is told instead. */
  private async ask<T>(task: (database: RunDatabase) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.connected(task);
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      this.tell(refusal(error));
      return undefined;
    }
  }

  /** Does `task`; where that fails, once more over a new connection. */
  private async connected<T>(task: (database: RunDatabase) => Promise<T>, again = true): Promise<T> {
    const connection = (this.connection ??= this.open());
    try {
      return await task(await connection);
    } catch (error) {
      if (error instanceof UnreadableError || isFull(error)) throw error;
      this.disconnect(connection);
      if (!again) throw error;
      return this.connected(task, false);
    }
  }

  private disconnect(connection: Promise<RunDatabase>): void {
    if (this.connection === connection) this.connection = undefined;
    void connection.then((database) => database.close()).catch(() => undefined);
  }

  private tell(failure: EngineFailure): void {
    if (!this.refused) this.onRefused(failure);
    this.refused = true;
  }
}

/** Where there is no room, states go before records, and other runs' before this one's. → what was written. */
async function writeSomehow(
  database: RunDatabase,
  record: RunRecord,
  row: RunRow,
  from: number,
  saved: SavedRun | undefined,
): Promise<'whole' | 'record'> {
  const whole = () => database.write(record, row, from, saved);
  const bare = () => database.write(record, row, from);
  try {
    await ifFull(whole, () => database.forgetOtherStates(record.id).then(whole));
    return 'whole';
  } catch (error) {
    if (!isFull(error)) throw error;
    // The state before stays as long as it can: repeating a little is better than beginning again.
    await ifFull(bare, () => database.forgetState(record.id).then(bare));
    return saved === undefined ? 'whole' : 'record';
  }
}

async function ifFull(task: () => Promise<void>, otherwise: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!isFull(error)) throw error;
    await otherwise();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

const noRoomForStates: EngineFailure = {
  code: 'storage-refused',
  message:
    'This browser has no room left for the state of the run: the run is recorded, but it could not go on after the page is closed.',
  action: 'Delete old runs, or make room on the disk.',
};

function refusal(error: unknown): EngineFailure {
  if (error instanceof EngineError) return error.toJSON();
  return isFull(error)
    ? {
        code: 'storage-refused',
        message: 'This browser has no room left for runs: new ones last only until the page is closed.',
        action: 'Delete old runs, or save a run that you want to keep as a file.',
      }
    : {
        code: 'storage-refused',
        message:
          'This browser does not let the page keep runs (a private window, perhaps): they last only until the page is closed.',
        action: 'Save a run that you want to keep as a file.',
      };
}
