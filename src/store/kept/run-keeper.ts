import { putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import { EngineError, type EngineFailure } from '../../engine/errors.ts';
import { UnreadableError, type RunDatabase, type RunList, type SavedRun } from './run-database.ts';
import { newestFirst, withWords } from './run-row.ts';
import type { RunRow, SavePoint } from '../slices/runs-slice.ts';

/** Other runs whose states a write has cost, by id. */
export interface Forgotten {
  /** Only the latest few are kept. */
  rotated: string[];
  /** The browser had no room left. */
  forRoom: string[];
}

/**
 * Keeps runs in a database, and those that it refuses in memory until it takes them: the page goes on, and says once what lasts only until
 * it is closed. A connection that the browser has closed is opened again.
 */
export class RunKeeper implements Omit<RunDatabase, 'write' | 'forgetOtherState' | 'close'> {
  private readonly memory = new Map<string, { record: RunRecord; row: RunRow }>();
  /** The one state that the database has refused: the latest. */
  private refusedState: SavedRun | undefined;
  private connection: Promise<RunDatabase> | undefined;
  private refused = false;

  constructor(
    private readonly open: () => Promise<RunDatabase>,
    private readonly onRefused: (failure: EngineFailure) => void,
    private readonly onForgotten: (forgotten: Forgotten) => void = () => undefined,
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
    const forgotten: Forgotten = { rotated: [], forRoom: [] };
    const written = await this.ask((database) =>
      writeSomehow(database, { record, row, from: start, saved }, forgotten),
    );
    if (written === undefined) this.memory.set(id, { record, row });
    else this.memory.delete(id);
    if (saved !== undefined) forgotten.rotated.push(...this.refuse(saved, written !== 'whole'));
    if (written === 'record') this.tell(noRoomForStates);
    if (forgotten.rotated.length + forgotten.forRoom.length > 0) this.onForgotten(forgotten);
  }

  /** Keeps a state that the database has refused, or none of its run any more. @returns the other run whose state made way for it */
  private refuse(saved: SavedRun, refused: boolean): string[] {
    const before = this.refusedState?.about.id;
    if (refused || before === saved.about.id) this.refusedState = refused ? saved : undefined;
    return refused && before !== undefined && before !== saved.about.id ? [before] : [];
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
    const kept = (await this.ask((database) => database.savePoints())) ?? [];
    const own = this.refusedState?.about;
    return own === undefined ? kept : [own, ...kept.filter(({ id }) => id !== own.id)];
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

interface Write {
  record: RunRecord;
  row: RunRow;
  from: number;
  saved: SavedRun | undefined;
}

/** Where there is no room, states go before records, and other runs' before this one's, one after the other. → what was written. */
async function writeSomehow(
  database: RunDatabase,
  { record, row, from, saved }: Write,
  forgotten: Forgotten,
): Promise<'whole' | 'record'> {
  const { id } = record;
  const whole = async () => void forgotten.rotated.push(...(await database.write(record, row, from, saved)));
  const bare = async () => void (await database.write(record, row, from));
  let other: string | undefined;
  let tries = 0;
  do {
    if (!(await isFullFor(whole))) return 'whole';
    other = await database.forgetOtherState(id);
    if (other !== undefined) forgotten.forRoom.push(other);
    // Once more also where nothing made way: a refusal may pass.
  } while (other !== undefined || tries++ === 0);
  // The state before stays as long as it can: repeating a little is better than beginning again.
  if (!(await isFullFor(bare))) return saved === undefined ? 'whole' : 'record';
  await database.forgetState(id).then(bare);
  return 'record';
}

/** Does `task`. → whether there was no room for it. */
async function isFullFor(task: () => Promise<void>): Promise<boolean> {
  try {
    await task();
    return false;
  } catch (error) {
    if (isFull(error)) return true;
    throw error;
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
