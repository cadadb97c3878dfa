import { fitted } from '../experiment/foreseen.ts';
import { nobody, type Standing } from '../run/standing.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import { askedScene, isOneOf, longestAnswer, unknownWords, type Asked } from './asked.ts';
import { withModel } from './open-model.ts';

/** What one model has said so far. */
export interface Heard {
  /** “teacher”, “before” for the untouched student, or an arm's key. */
  who: string;
  text: string;
  /** Tokens so far, the end of sequence included. */
  tokens: number;
  /** False while more may come. */
  done: boolean;
  /** Whether the model ended its answer itself; it is cut off after `longestAnswer` tokens. */
  ended: boolean;
}

export interface Answered {
  /** Updates the students had when they were asked. */
  step: number;
  /** Whether the question is, word for word, one that the recipe trains. */
  trained: boolean;
  /** Words of the question that a tokenizer cannot spell: the model sees a gap there. */
  unknown: { teacher: string[]; student: string[] };
}

/** Asks the teacher, the untouched student and every arm's student in turn; each is heard token by token, as it decodes. */
export async function ask(
  session: TrainSession,
  recipe: Recipe,
  asked: Asked,
  standing: Standing,
  onHeard: (heard: Heard) => void,
): Promise<Answered> {
  const { teacher, student, data } = session;
  const scene = askedScene(session, recipe, asked);
  const kept = fitted(session, recipe);
  const { step, arms } = asked.untouched ? nobody : standing;
  for (const who of ['teacher', 'before', ...arms]) {
    const model = who === 'teacher' ? teacher : student;
    const weights =
      who === 'teacher' || who === 'before' ? model.checkpoint.tensors : await standing.weights(who);
    await withModel(kept, model, weights, async (open) => {
      const { tokenizer } = model;
      const ids: number[] = [];
      const tell = (done: boolean, ended: boolean) =>
        onHeard({ who, text: tokenizer.decode(ids).trim(), tokens: ids.length, done, ended });
      for await (const id of open.answer(scene, asked.question, longestAnswer)) {
        ids.push(id);
        tell(false, false);
      }
      tell(true, ids.at(-1) === tokenizer.eosId);
    });
  }
  return {
    step,
    trained: isOneOf(asked.question, data.questions(recipe.data.tasks)),
    unknown: {
      teacher: unknownWords(teacher.tokenizer, asked.question),
      student: unknownWords(student.tokenizer, asked.question),
    },
  };
}
