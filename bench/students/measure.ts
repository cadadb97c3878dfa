import { WgslStepper } from '../../src/engine/train/wgsl/wgsl-stepper.ts';
import { SharedRun } from '../../src/engine/train/wgsl/shared-run.ts';
import type { UpdateRequest } from '../../src/engine/train/update.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';

/** Milliseconds of a stage-2 update of several students, with known teacher features. */
export interface StudentsTiming {
  students: number;
  /** In one list, back to back and with the numbers read after each. */
  together: number;
  togetherRead: number;
  /** The same in a list each. */
  apart: number;
  apartRead: number;
  /** What one student takes of the memory that is not shared, bytes. */
  bytesEach: number;
}

/** Updates between two readings of the numbers, back to back. */
const burst = 8;

/** Seeds of one recipe trained in one list against the same in a list each, in turn; the fastest of some rounds. */
export async function measureStudents(
  session: TrainSession,
  recipe: Recipe,
  counts: readonly number[],
  rounds: number,
): Promise<StudentsTiming[]> {
  const results: StudentsTiming[] = [];
  for (const students of counts) {
    const own = { ...recipe, seeds: students };
    const set = trainingSet(session, labelledExamples(session, own), armsOf(own));
    const shared = new SharedRun(session, set, own);
    const members = Array.from({ length: students }, (_, seed) => ({ recipe: own, seed }));
    const together = [new WgslStepper(shared, members)];
    const apart = members.map((member) => new WgslStepper(shared, [member]));
    for (const stepper of [...together, ...apart]) await stepper.prepare('distil');
    const { batchSize } = recipe.data;
    const examples = members.map(({ seed }) =>
      Array.from({ length: batchSize }, (_, i) => (seed * batchSize + i) % set.size),
    );
    let count = 0;
    const time = async (steppers: readonly WgslStepper[], updates: number) => {
      const begun = performance.now();
      for (let update = 0; update < updates; update++) {
        const request: UpdateRequest = {
          stage: 'distil',
          examples,
          learningRate: () => 1e-4,
          count: ++count,
        };
        for (const stepper of steppers) stepper.update(request);
      }
      await Promise.all(steppers.map((stepper) => stepper.numbers()));
      return (performance.now() - begun) / updates;
    };
    const best = { together: Infinity, togetherRead: Infinity, apart: Infinity, apartRead: Infinity };
    // The first round computes the teacher's features, and waits for drivers that compile late.
    for (let round = 0; round <= rounds; round++) {
      const found = {
        togetherRead: await time(together, 1),
        apartRead: await time(apart, 1),
        together: await time(together, burst),
        apart: await time(apart, burst),
      };
      if (round === 0) continue;
      for (const key of Object.keys(found) as (keyof typeof found)[])
        best[key] = Math.min(best[key], found[key]);
    }
    results.push({ students, ...best, bytesEach: together[0]!.bytes / students });
    for (const stepper of [...together, ...apart]) stepper.dispose();
    shared.dispose();
  }
  return results;
}
