import type { Example } from '../../src/engine/data/example.ts';
import { sequenceBounds } from '../../src/engine/data/batch.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';
import { teacherAsking } from '../../src/engine/train/asking.ts';

export interface AnswerRate {
  questions: number;
  /** Questions answered at once. */
  batch: number;
  /** Of the answers, end-of-sequence included, per second: best of the rounds. */
  tokensPerSecond: number;
  questionsPerSecond: number;
}

/** How fast both models answer questions that they have not seen: the training questions, as the teacher answers them. */
export async function measureAnswers(
  session: TrainSession,
  recipe: Recipe,
  examples: readonly Example[],
  rounds: number,
): Promise<Record<'teacher' | 'student', AnswerRate>> {
  const rate = async (who: 'teacher' | 'student'): Promise<AnswerRate> => {
    const model = session[who];
    const bounds = sequenceBounds(model.tokenizer, examples);
    const answerer = new FrozenAnswerer(session, model, teacherAsking(recipe), examples, bounds);
    let [best, tokens] = [Infinity, 0];
    // The first round compiles.
    for (let round = 0; round <= rounds; round++) {
      const begun = performance.now();
      const answers = await answerer.answer(examples);
      if (round > 0) best = Math.min(best, (performance.now() - begun) / 1000);
      tokens = answers.reduce((sum, text) => sum + model.tokenizer.encodeAnswer(text).length, 0);
    }
    const { batch } = answerer;
    answerer.dispose();
    return {
      questions: examples.length,
      batch,
      tokensPerSecond: tokens / best,
      questionsPerSecond: examples.length / best,
    };
  };
  return { teacher: await rate('teacher'), student: await rate('student') };
}
