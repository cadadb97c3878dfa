import type { TrainEvent } from '../../engine/run/events.ts';
import { addEvent, putWords, type RunRecord, type RunWords } from '../../engine/run/record.ts';
import type { SavedRun } from './run-database.ts';
import type { RunKeeper } from './run-keeper.ts';
import { runRow } from './run-row.ts';
import type { PresentRun, RunRow } from '../slices/runs-slice.ts';

/** ms between two writes while a run goes on. */
const writeInterval = 5000;

/** Makes a record of a run as its events arrive, and keeps it: at evaluations and stages, and at the end. */
export class Recorder implements PresentRun {
  /** The latest update. */
  step = 0;
  private written = 0;
  private latest = -Infinity;
  private queue: Promise<void> = Promise.resolve();

  /** @param record what the run has told before: nothing, or what is behind a run that goes on. */
  constructor(
    private readonly database: Pick<RunKeeper, 'write'>,
    public record: RunRecord,
    private readonly onRow: (row: RunRow) => void,
  ) {}

  get id(): string {
    return this.record.id;
  }

  /** @param at ms for which the run has worked. */
  take(at: number, event: TrainEvent): void {
    if (event.type === 'step') this.step = event.step;
    const { record } = this;
    addEvent(record, at, event);
    const due = performance.now() - this.latest >= writeInterval;
    const worthwhile = event.type === 'evaluation' || event.type === 'stage' || event.type === 'panel';
    if (record.outcome !== 'running' || event.type === 'paused' || (worthwhile && due)) void this.write();
  }

  /** Takes an earlier part of the record in place of the whole: what followed is told again. What is said of the run now stays. */
  goBack(record: RunRecord): void {
    putWords(record, this.record);
    this.record = record;
    this.step = 0;
    this.queue = this.queue.then(() => {
      this.written = 0;
    });
  }

  describe(words: RunWords): void {
    putWords(this.record, words);
  }

  /** Writes what is new; resolves when it is kept. */
  write(saved?: SavedRun): Promise<void> {
    const { record } = this;
    this.latest = performance.now();
    this.queue = this.queue.then(async () => {
      const from = this.written;
      this.written = record.events.length;
      const row = runRow(record);
      await this.database.write(record, row, from, saved);
      this.onRow(row);
    });
    return this.queue;
  }
}
