import { fitted } from '../experiment/foreseen.ts';
import type { Standing } from '../run/standing.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { askedScene, longestAnswer, type Asked } from './asked.ts';
import { readText, type TextReading } from './inspect-text.ts';
import { withModel, type OpenModel } from './open-model.ts';

export interface InspectRequest extends Asked {
  /** The right answer, where one is known. */
  reference?: string;
  /** An arm's key, or “before” for the untouched student. */
  student: string;
}

/** Both models' probabilities along the right answer and along what each of them says itself. */
export interface Inspection {
  /** Updates the student had. */
  step: number;
  /** Who was looked at: an arm that had not begun is the untouched student, “before”. */
  student: string;
  texts: (TextReading & {
    /** Whose words these are. */
    of: 'reference' | 'teacher' | 'student';
  })[];
}

/** Teacher and student on one question, measured now: their own greedy answers, and teacher forcing along them and the right one. */
export async function inspect(
  session: TrainSession,
  recipe: Recipe,
  request: InspectRequest,
  standing: Standing,
): Promise<Inspection> {
  const kept = fitted(session, recipe);
  const { teacher, student } = kept;
  const scene = askedScene(session, recipe, request);
  const who = standing.arms.includes(request.student) ? request.student : 'before';
  const weights = who === 'before' ? student.checkpoint.tensors : await standing.weights(who);
  const texts = await withModel(kept, teacher, teacher.checkpoint.tensors, (openTeacher) =>
    withModel(kept, student, weights, (openStudent) =>
      readTexts({ teacher: openTeacher, student: openStudent }, scene, request),
    ),
  );
  return { step: who === 'before' ? 0 : standing.step, student: who, texts };
}

type Side = 'teacher' | 'student';

async function readTexts(
  models: Record<Side, OpenModel>,
  scene: Float32Array | undefined,
  { question, reference }: InspectRequest,
): Promise<Inspection['texts']> {
  const own = {
    teacher: await ownAnswer(models.teacher, scene, question),
    student: await ownAnswer(models.student, scene, question),
  };
  const texts: { of: Inspection['texts'][number]['of']; text: string }[] = [
    ...(reference === undefined ? [] : [{ of: 'reference' as const, text: reference }]),
    { of: 'teacher', text: own.teacher.text },
    { of: 'student', text: written(own.student.text, models.student.model) },
  ];
  const forced = (side: Side) => {
    const { tokenizer } = models[side].model;
    // A model's own words are the tokens it chose; others' words are split as its tokenizer splits them.
    const ids = texts.map(({ of, text }) => (of === side ? own[side].ids : tokenizer.encodeAnswer(text)));
    return models[side].forced(scene, question, ids);
  };
  const [teacher, student] = [await forced('teacher'), await forced('student')];
  const tokenizers = {
    teacher: models.teacher.model.tokenizer,
    student: models.student.model.tokenizer,
  };
  return texts.map(({ of, text }, i) => ({
    of,
    ...readText(text, tokenizers, { teacher: teacher[i]!, student: student[i]! }),
  }));
}

/** A text from a tokenizer that keeps no capitals, as the data set writes answers: the other model must not pay for its spelling. */
function written(text: string, { tokenizer }: LoadedModel): string {
  return tokenizer.surface.folding.case ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

async function ownAnswer(
  open: OpenModel,
  scene: Float32Array | undefined,
  question: string,
): Promise<{ ids: number[]; text: string }> {
  const ids: number[] = [];
  for await (const id of open.answer(scene, question, longestAnswer)) ids.push(id);
  return { ids, text: open.model.tokenizer.decode(ids).trim() };
}
