import { Trainer } from '../../src/engine/experiment/trainer.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';

/** Where the time of a run goes, s. */
export interface Verdict {
  fromRunToVerdict: number;
  /** Exam before, the teacher's answers included. */
  before: number;
  /** Updates alone, as the page counts them. */
  updates: number;
  /** Compiling stages, looks on the way. */
  between: number;
  /** Exam after. */
  after: number;
  students: number;
  steps: number;
  /** Of the recipe's own student, as a check that it is the run one means. */
  exactMatch: number;
}

/** A whole run, as the page makes it, without a page. */
export async function measureVerdict(session: TrainSession, recipe: Recipe): Promise<Verdict> {
  const trainer = new Trainer(session, recipe);
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  let [before, trained] = [0, 0];
  try {
    for await (const event of trainer.run()) {
      if (event.type === 'shapes') before = since();
      if (event.type === 'step') trained = since();
      if (event.type !== 'done') continue;
      const { arms, steps, trainSeconds } = event.final;
      const whole = since();
      return {
        fromRunToVerdict: whole,
        before,
        updates: trainSeconds,
        between: trained - before - trainSeconds,
        after: whole - trained,
        students: arms.reduce((sum, { seeds }) => sum + (seeds?.length ?? 1), 0),
        steps,
        exactMatch: arms[0]!.after.exactMatch,
      };
    }
    throw new Error('the run ended without a verdict');
  } finally {
    trainer.dispose();
  }
}
