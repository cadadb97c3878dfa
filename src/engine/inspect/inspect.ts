import * as tf from '@tensorflow/tfjs-core';
import { packTokens } from '../data/batch.ts';
import { modelPatches } from '../data/preprocess.ts';
import type { Standing } from '../run/standing.ts';
import { answerPredictors, sequenceFeatures } from '../tfjs/features.ts';
import { disposeInputs, modelInputs } from '../tfjs/inputs.ts';
import type { Vlm } from '../tfjs/vlm.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { askedScene, longestAnswer, type Asked } from './asked.ts';
import { readText, type ForcedAnswer, type TextReading } from './inspect-text.ts';
import { greedyTokens, withModel } from '../tfjs/stream.ts';

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
  const { teacher, student } = session;
  const scene = askedScene(session, recipe, request);
  const who = standing.arms.includes(request.student) ? request.student : 'before';
  const weights = who === 'before' ? student.checkpoint.tensors : await standing.weights(who);
  const texts = await withModel(teacher, teacher.checkpoint.tensors, (teacherVlm) =>
    withModel(student, weights, (studentVlm) =>
      readTexts(
        { teacher: { model: teacher, vlm: teacherVlm }, student: { model: student, vlm: studentVlm } },
        scene,
        request,
      ),
    ),
  );
  return { step: who === 'before' ? 0 : standing.step, student: who, texts };
}

type Side = 'teacher' | 'student';
interface OpenModel {
  model: LoadedModel;
  vlm: Vlm;
}

async function readTexts(
  models: Record<Side, OpenModel>,
  scene: Float32Array,
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
    return forcedAnswers(models[side], scene, question, ids);
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
  { model, vlm }: OpenModel,
  scene: Float32Array,
  question: string,
): Promise<{ ids: number[]; text: string }> {
  const ids: number[] = [];
  for await (const id of greedyTokens(vlm, model, scene, question, longestAnswer)) ids.push(id);
  return { ids, text: model.tokenizer.decode(ids).trim() };
}

/** Log-probabilities of every token of the given answers to one question, in one pass. */
export async function forcedAnswers(
  { model, vlm }: OpenModel,
  scene: Float32Array,
  question: string,
  answers: readonly (readonly number[])[],
): Promise<ForcedAnswer[]> {
  const { tokenizer, config } = model;
  const ids = tokenizer.encodeQuestion(question);
  const Na = Math.max(...answers.map((answer) => answer.length));
  const tokens = packTokens(
    tokenizer,
    answers.map((answer) => ({ question: ids, answer })),
    { Nq: ids.length, Na },
  );
  const pictures = answers.map(() => scene);
  const inputs = modelInputs(config, tokens, modelPatches(model, pictures));
  const rows = tf.tidy(() =>
    tf.logSoftmax(vlm.head(answerPredictors(sequenceFeatures(vlm, inputs), inputs))),
  );
  try {
    const values = await rows.data<'float32'>();
    const width = rows.shape[1];
    return answers.map((answer, b) => ({
      ids: answer,
      rows: answer.map((_, j) => values.slice((b * Na + j) * width, (b * Na + j + 1) * width)),
    }));
  } finally {
    rows.dispose();
    disposeInputs(inputs);
  }
}
