import type { Example } from '../data/example.ts';
import { FrozenAnswerer } from '../evaluate/answerer.ts';
import type { Asking } from '../evaluate/at-once.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import { pairBounds } from './training-set.ts';

/** Students are mostly asked the live questions. */
export function studentAsking({ data, evaluation }: Recipe): Asking {
  return { usual: data.batchSize, together: evaluation.liveQuestions };
}

/** The teacher is mostly asked the examples without a label. */
export function teacherAsking({ data }: Recipe): Asking {
  return { usual: data.batchSize, together: data.examples };
}

/**
 * Both models as they were loaded, to be asked before a run.
 * @param examples what the run trains on, of which the teacher answers the `open` ones
 * @param asked the exam's questions
 */
export function untaught(
  session: TrainSession,
  recipe: Recipe,
  { examples, open, asked }: Record<'examples' | 'open' | 'asked', readonly Example[]>,
): { teacher: FrozenAnswerer; student: FrozenAnswerer } {
  const { teacher: l, student: s } = pairBounds(session, [...examples, ...asked]);
  const teacher = new FrozenAnswerer(session, session.teacher, teacherAsking(recipe), [...asked, ...open], l);
  try {
    return {
      teacher,
      student: new FrozenAnswerer(session, session.student, studentAsking(recipe), asked, s),
    };
  } catch (error) {
    teacher.dispose();
    throw error;
  }
}
