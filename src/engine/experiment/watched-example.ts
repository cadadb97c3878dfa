import { shownPicture } from '../data/picture-of.ts';
import type { VlmTokenizer } from '../models/tokenizers/tokenizer.ts';
import type { TrainSession } from '../session.ts';
import type { TrainEvent } from '../run/events.ts';
import type { TrainingSet } from '../train/training-set.ts';
import type { Course } from './course.ts';
import type { Students } from './students.ts';

/** As many as a head has room for in the drawing. */
const shownTokens = 3;

/**
 * What the latest update read first, as both tokenizers split it, and what the teacher's head expected in the place of its answer's first token.
 * @param place of the example among those of the recipe's own arm
 */
export async function watchedExample(
  { teacher, student, data }: Pick<TrainSession, 'teacher' | 'student' | 'data'>,
  set: TrainingSet,
  { arms, step }: Course,
  students: Students,
  place: number,
): Promise<TrainEvent> {
  const { key, recipe } = arms[0]!;
  const { examples, count } = set.forArm(recipe);
  const read = examples[place % count]!;
  const { question, answer } = read;
  const picture = shownPicture(data, read);
  const heads = await students.heads(key);
  const length = ({ tokenizer }: typeof teacher) => tokenizer.encodeQuestion(question).length;
  const split = ({ tokenizer }: typeof teacher) => tokenizer.tokenStrings(tokenizer.encodeAnswer(answer));
  const likeliest = ([first]: readonly Float32Array[]) => likeliestOf(first!, teacher.tokenizer);
  const example = {
    question,
    answer,
    questionTokens: { teacher: length(teacher), student: length(student) },
    answerTokens: { teacher: split(teacher), student: split(student) },
    ...(picture && { picture }),
    ...(heads && {
      heads: { teacher: likeliest(heads.teacher), recalibrator: likeliest(heads.recalibrator) },
    }),
  };
  return { type: 'example', step, example };
}

function likeliestOf(logits: Float32Array, tokenizer: VlmTokenizer): { text: string; probability: number }[] {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - top), 0);
  const ids = Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]!)
    .slice(0, shownTokens);
  const texts = tokenizer.tokenStrings(ids);
  return ids.map((id, i) => ({ text: texts[i]!, probability: Math.exp(logits[id]! - top) / sum }));
}
