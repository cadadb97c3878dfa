import { EngineError } from '../../engine/errors.ts';
import type { RunRecord, RunWords } from '../../engine/run/record.ts';
import type { RunRow, SavePoint, UnreadableRun } from '../slices/runs-slice.ts';

/** Where runs are kept. Every method may be refused: storage is a favour of the browser. What is read has been checked. */
export interface RunDatabase {
  list(): Promise<RunList>;
  /** @throws UnreadableError */
  read(id: string): Promise<RunRecord | undefined>;
  /**
   * Writes a record's row and its events from index `from` on; earlier ones have been written before. `saved` takes the place of the run's
   * saved state; only the latest few are kept. All of it or nothing.
   * @returns the other runs whose states made way for it, by id
   */
  write(record: RunRecord, row: RunRow, from: number, saved?: SavedRun): Promise<string[]>;
  /** Takes over into a run's record what a person says of it; its events stay as they are. */
  describe(id: string, words: RunWords): Promise<void>;
  /** Takes away a record and its state. */
  remove(id: string): Promise<void>;
  /** Where runs can go on, the latest first. */
  savePoints(): Promise<SavePoint[]>;
  /**
   * The saved state's bytes (`encodeState`), as they were written.
   * @throws UnreadableError
   */
  state(id: string): Promise<Uint8Array | undefined>;
  forgetState(id: string): Promise<void>;
  /**
   * Forgets, of all runs but one, the state that would be missed least.
   * @returns the id of its run; undefined where no other has a state
   */
  forgetOtherState(id: string): Promise<string | undefined>;
  close(): void;
}

export interface RunList {
  /** Newest first. */
  rows: RunRow[];
  unreadable: UnreadableRun[];
}

/** Where a run can go on. Without bytes it has no state yet and would begin again. */
export interface SavedRun {
  about: SavePoint;
  bytes?: Uint8Array;
}

/** What was kept is no longer what was written, or of another version. */
export class UnreadableError extends EngineError {}
