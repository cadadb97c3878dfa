import type { Example } from '../data/example.ts';
import type { Answerer } from './answerer.ts';
import { calibrationError, perplexity, probabilities } from './likelihood.ts';
import { isExactMatch } from './score.ts';
import type { FidelityKey, Score } from './score-schema.ts';

/**
 * What a score of right and wrong does not tell of a model's answers: how near they are to the teacher's, how well it knows when it is right, and how
 * probable it finds the truth.
 */
export async function fidelity(
  model: Answerer,
  asked: { examples: readonly Example[]; answers: readonly string[]; teacherAnswers: readonly string[] },
): Promise<Required<Pick<Score, FidelityKey>>> {
  const { examples, answers, teacherAnswers } = asked;
  const answered = (texts: readonly string[]) =>
    examples.map((example, i) => ({ ...example, answer: texts[i]! }));
  const [truth, own, teachers] = await likelihoodsOnce(model, [
    examples,
    answered(answers),
    answered(teacherAnswers),
  ]);
  const right = examples.map(({ answer }, i) => isExactMatch(answers[i]!, answer));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    perplexity: perplexity(truth!),
    agreement: mean(answers.map((answer, i) => Number(isExactMatch(answer, teacherAnswers[i]!)))),
    teacherProbability: mean(probabilities(teachers!)),
    calibrationError: calibrationError(probabilities(own!), right),
  };
}

/** The likelihoods of several lists of answers to the same questions; what stands in two of them is computed once. */
async function likelihoodsOnce(model: Answerer, lists: readonly (readonly Example[])[]) {
  const places = new Map<string, number>();
  const distinct: Example[] = [];
  const placed = lists.map((examples) =>
    examples.map((example, question) => {
      const key = `${question} ${example.answer}`;
      const place = places.get(key) ?? distinct.push(example) - 1;
      places.set(key, place);
      return place;
    }),
  );
  const found = await model.likelihoods(distinct);
  return placed.map((list) => list.map((place) => found[place]!));
}
