import { sequenceBounds } from '../src/engine/data/batch.ts';
import { answerAll } from '../src/engine/tfjs/answer.ts';
import { FrozenAnswerer } from '../src/engine/evaluate/answerer.ts';
import { Vlm } from '../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../src/engine/tfjs/weights.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../src/engine/session.ts';

export interface Generation {
  questions: number;
  /** Tokens of the answers, end-of-sequence included. */
  tokens: number;
  /** Ours, and stock tfjs with a key/value cache: best of the rounds. */
  tokensPerSecond: number;
  stockTfjs: number;
  /** Answers that are the same from both. */
  same: number;
}

const questions = 64;
const batch = 32;

/** The teacher's greedy answers to held-out questions, ours and stock tfjs in turn. */
export async function measureGeneration(
  session: TrainSession,
  recipe: Recipe,
  rounds: number,
): Promise<Generation> {
  const { teacher, data } = session;
  const { split } = recipe.evaluation;
  const examples = data.evaluation({ split, tasks: recipe.data.tasks, count: questions });
  const ours = new FrozenAnswerer(
    session,
    teacher,
    { usual: batch, together: questions },
    examples,
    sequenceBounds(teacher.tokenizer, examples),
  );
  const weights = uploadWeights(teacher.checkpoint.tensors);
  const vlm = new Vlm(teacher.config, weights);
  const time = async (answer: () => Promise<string[]>) => {
    const begun = performance.now();
    const answers = await answer();
    return { answers, seconds: (performance.now() - begun) / 1000 };
  };
  let [mine, stock] = [
    { answers: [''], seconds: Infinity },
    { answers: [''], seconds: Infinity },
  ];
  // The first round compiles.
  for (let round = 0; round <= rounds; round++) {
    const a = await time(() => ours.answer(examples));
    const b = await time(() => answerAll(vlm, teacher, examples, data, batch));
    if (round === 0) continue;
    if (a.seconds < mine.seconds) mine = a;
    if (b.seconds < stock.seconds) stock = b;
  }
  ours.dispose();
  for (const weight of weights.values()) weight.dispose();
  const count = (answers: readonly string[]) =>
    answers.reduce((sum, text) => sum + teacher.tokenizer.encodeAnswer(text).length, 0);
  return {
    questions,
    tokens: count(mine.answers),
    tokensPerSecond: count(mine.answers) / mine.seconds,
    stockTfjs: count(stock.answers) / stock.seconds,
    same: mine.answers.filter((text, i) => text === stock.answers[i]).length,
  };
}
