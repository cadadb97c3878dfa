import type { RunRecord } from '../engine/distill/run-record.ts';
import type { EngineFailure } from '../engine/errors.ts';
import { newestFirst, type RunDatabase, type SavedRun } from './run-database.ts';
import type { Resumable, RunRow } from './runs-slice.ts';

/**
 * Keeps runs in a database, and those that it refuses in memory: the page goes on, and says once that they last only until it is closed.
 */
export class RunKeeper implements RunDatabase {
  private readonly memory = new Map<string, { record: RunRecord; row: RunRow }>();
  private database: Promise<RunDatabase> | undefined;
  private refused = false;

  constructor(
    private readonly open: () => Promise<RunDatabase>,
    private readonly onRefused: (failure: EngineFailure) => void,
  ) {}

  async rows(): Promise<RunRow[]> {
    const kept = (await this.ask((database) => database.rows())) ?? [];
    const own = [...this.memory.values()].map(({ row }) => row);
    return newestFirst([...kept.filter(({ id }) => !this.memory.has(id)), ...own]);
  }

  async read(id: string): Promise<RunRecord | undefined> {
    return this.memory.get(id)?.record ?? this.ask((database) => database.read(id));
  }

  async write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<void> {
    if (!this.memory.has(record.id)) {
      const written = await this.ask(async (database) => {
        await database.write(record, row, from, saved).catch((error: unknown) => {
          // Where the state has no room, the record may have.
          if (saved === undefined) throw error;
          return database.write(record, row, from);
        });
        return true;
      });
      if (written) return;
    }
    this.memory.set(record.id, { record, row });
  }

  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    await this.ask((database) => database.remove(id));
  }

  resumable(): Promise<Resumable | undefined> {
    return this.ask((database) => database.resumable());
  }

  state(): Promise<Uint8Array | undefined> {
    return this.ask((database) => database.state());
  }

  async forgetState(): Promise<void> {
    await this.ask((database) => database.forgetState());
  }

  private async ask<T>(task: (database: RunDatabase) => Promise<T>): Promise<T | undefined> {
    try {
      this.database ??= this.open();
      return await task(await this.database);
    } catch (error) {
      if (!this.refused) this.onRefused(refusal(error));
      this.refused = true;
      return undefined;
    }
  }
}

function refusal(error: unknown): EngineFailure {
  const full = error instanceof Error && error.name === 'QuotaExceededError';
  return {
    code: 'storage-refused',
    message: full
      ? 'This browser has no room left for runs: new ones last only until the page is closed.'
      : 'This browser does not let the page keep runs (a private window, perhaps): they last only until the page is closed.',
    action: full
      ? 'Delete old runs, or save a run that you want to keep as a file.'
      : 'Save a run that you want to keep as a file.',
  };
}
