import type { Example } from '../data/example.ts';
import type { TrainSession } from '../session.ts';
import type { WatchedExample } from '../run/events.ts';

/** An example as both tokenizers split it. */
export function watchedExample(
  { teacher, student }: Pick<TrainSession, 'teacher' | 'student'>,
  { question, answer }: Example,
): WatchedExample {
  const length = ({ tokenizer }: typeof teacher) => tokenizer.encodeQuestion(question).length;
  const split = ({ tokenizer }: typeof teacher) => tokenizer.tokenStrings(tokenizer.encodeAnswer(answer));
  return {
    question,
    answer,
    questionTokens: { teacher: length(teacher), student: length(student) },
    answerTokens: { teacher: split(teacher), student: split(student) },
  };
}
