import { EngineError } from '../errors.ts';
import type { StepMetrics } from '../run/events.ts';
import type { Students } from './students.ts';

/** Numbers of updates that no event has told yet: on the GPU, or read before their turn because a state was saved or the recipe changed. */
export class UntoldNumbers {
  /** Updates whose numbers are still on the GPU. */
  private pending: Pick<StepMetrics, 'step' | 'stage'>[] = [];
  private read: StepMetrics[] = [];

  /** An update was submitted. */
  add(update: Pick<StepMetrics, 'step' | 'stage'>): void {
    this.pending.push(update);
  }

  /** Those that a saved state holds. */
  restore(read: readonly StepMetrics[]): void {
    this.read = [...read];
  }

  /**
   * Reads them all; they stay untold.
   * @throws EngineError `not-finite` when a loss is no longer a number.
   */
  async keep(students: Students): Promise<StepMetrics[]> {
    this.read.push(...(await this.fetch(students)));
    return this.read;
  }

  /**
   * Reads them all, to be told now.
   * @throws EngineError `not-finite` when a loss is no longer a number.
   */
  async take(students: Students): Promise<StepMetrics[]> {
    const told = [...this.read, ...(await this.fetch(students))];
    this.read = [];
    return told;
  }

  /** Forgets what is on the GPU. */
  drop(): void {
    this.pending = [];
  }

  /** Brings the pending numbers of every student back. */
  private async fetch(students: Students): Promise<StepMetrics[]> {
    const pending = this.pending;
    if (pending.length === 0) return [];
    this.pending = [];
    const all = await students.numbers();
    const severalSeeds = all.some(({ seed }) => seed > 0);
    // Step by step: then it does not show where a state was saved in between.
    return pending.flatMap((update, i) =>
      all.flatMap(({ arm, seed, numbers }) => {
        const own = numbers[i];
        if (own === undefined) return [];
        if (!Number.isFinite(own.losses.total) || !Number.isFinite(own.gradientNorm))
          throw notFinite(
            `The loss of “${arm.label}”${severalSeeds ? `, seed ${arm.recipe.seed + seed},` : ''} stopped being a number at step ${update.step}.`,
            arm.key,
          );
        return [{ arm: arm.key, ...(severalSeeds && { seed: arm.recipe.seed + seed }), ...update, ...own }];
      }),
    );
  }
}

/** @param arm whose numbers they are, by key, where they are one's */
export function notFinite(message: string, arm?: string): EngineError {
  return new EngineError(
    'not-finite',
    message,
    'Lower the learning rate, or turn gradient clipping on, and run again.',
    arm === undefined ? undefined : { arm },
  );
}
