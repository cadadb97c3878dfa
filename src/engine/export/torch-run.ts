import { EngineError } from '../errors.ts';
import type { Pictures } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { pictureReader } from '../data/preprocess.ts';
import { EpochSampler } from '../data/sampler.ts';
import { writeSafetensors } from '../models/checkpoints/safetensors.ts';
import type { HostTensor } from '../models/host-tensor.ts';
import { armsOf, withBlind, type Arm } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { SavedState } from '../run/saved-state.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { initialRecalibrator } from '../tfjs/recalibrator.ts';
import { untaught } from '../train/asking.ts';
import { initialLora } from '../train/lora.ts';
import {
  labelledExamples,
  refuseHeldOut,
  trainingSet,
  unanswered,
  type TrainingSet,
} from '../train/training-set.ts';
import { seeded, studentsOf } from '../train/wgsl/lists.ts';
import { Exam } from '../experiment/exam.ts';
import { fitted } from '../experiment/foreseen.ts';
import { refuseForeignTokens } from '../train/refuse-foreign-tokens.ts';
import { keyOf } from '../experiment/students.ts';
import { teacherAnswers } from '../experiment/teacher-answers.ts';

/**
 * Of the files for PyTorch; pytorch/genrecal/run.py reads both. Version 2 has no pictures: who knows version 1 alone would look for them, and can go on
 * with all else.
 */
const [version, versionOfText] = [1, 2];

/** What one file of pictures may take, here and in memory there. */
const maxPictureBytes = 1.5e9;

/**
 * A run as files that pytorch/distil.py goes on from: `run.json` with the recipe and where the batches stand, the examples in both models' tokens,
 * every picture once where the pair reads any, and the weights and moments that no checkpoint has. The models' own weights stay where they are.
 * @param recipe a run from its beginning, or the one that `state` belongs to (`readState`)
 * @returns files by name
 * @throws EngineError `recipe-invalid` for what the engine would not train either, or where there are too many pictures.
 */
export async function torchRun(
  session: TrainSession,
  recipe: Recipe,
  state?: SavedState,
): Promise<Map<string, Uint8Array>> {
  refuseHeldOut(session, recipe);
  refuseForeignTokens(session, recipe);
  const arms = armsOf(recipe);
  const examples = labelledExamples(session, recipe);
  const asked = new Exam(session, recipe).questions;
  const answers =
    state === undefined
      ? await answersOf(session, recipe, { examples, asked, arms })
      : new Map(Object.entries(state.answers));
  const set = trainingSet(session, examples, arms, answers, asked);
  const students = studentsOf(arms, recipe.seeds).map((student) => ({
    key: keyOf(student.arm.key, student.seed),
    ...student,
  }));
  const pictures = [...new Set(examples.flatMap(({ picture }) => picture ?? []))];
  const drawn = session.data.pictures;
  const run = {
    format: 'genrecal-torch-run',
    version: drawn === undefined ? versionOfText : version,
    // What a class was to guess is no part of what is trained.
    recipe: withBlind(recipe, false),
    dataHash: session.data.hash,
    models: {
      teacher: modelOf(session, 'teacher'),
      student: modelOf(session, 'student'),
    },
    shapes: set.bounds,
    /** By the place that an example's `answers` have them in: how many of the examples are learned from. */
    answers: set.answered.map(({ count }) => ({ count })),
    students: students.map(({ key, arm, seed }) => ({
      key,
      arm: arm.key,
      seed,
      answers: set.answered.indexOf(set.forArm(arm.recipe)),
    })),
    step: state?.step ?? 0,
    /** Where every seed's batches stand. */
    order:
      state?.seeds ??
      Array.from({ length: recipe.seeds }, (_, seed) =>
        new EpochSampler(examples.length, recipe.seed + seed).save(),
      ),
  };
  const text = (value: string) => new TextEncoder().encode(value);
  const initial = () =>
    students.flatMap(({ key, arm, seed }) => {
      const own = seeded({ recipe: arm.recipe, seed });
      const { teacher, student } = session;
      return [
        ...initialRecalibrator(student.config, teacher.config, own),
        ...initialLora(student.config, own),
      ].map(([name, { data }]) => [`${key}/${name}`, data] as const);
    });
  return new Map([
    ['run.json', text(`${JSON.stringify(run, null, 1)}\n`)],
    ['examples.jsonl', text(exampleLines(session, set, examples, pictures))],
    ...(drawn === undefined ? [] : [['pictures.safetensors', picturesFile(drawn, pictures)] as const]),
    ['state.safetensors', writeSafetensors(flat(state?.tensors ?? initial()), 'F32')],
  ]);
}

/** The teacher's answers as a run hears them, in the same shapes. */
async function answersOf(
  session: TrainSession,
  recipe: Recipe,
  { examples, asked, arms }: { examples: Example[]; asked: readonly Example[]; arms: readonly Arm[] },
): Promise<ReadonlyMap<string, string>> {
  const open = unanswered(session.data, examples, arms);
  if (open.length === 0) return new Map();
  const { teacher, student } = untaught(fitted(session, recipe), recipe, { examples, open, asked });
  try {
    const hearing = teacherAnswers(session.data, teacher, open);
    for (;;) {
      const next = await hearing.next();
      if (next.done) return next.value;
    }
  } finally {
    teacher.dispose();
    student.dispose();
  }
}

/** What identifies a model, and how it reads pictures, where it does. */
function modelOf(session: TrainSession, role: 'teacher' | 'student') {
  const { checkpoint, tokenizer }: LoadedModel = session[role];
  const { name, folder } = session.pair[role];
  return {
    name,
    folder,
    weights: checkpoint.hash,
    padId: tokenizer.padId,
    picture: pictureOf(session[role]),
  };
}

function pictureOf(model: LoadedModel) {
  const reader = pictureReader(model);
  if (reader === undefined) return undefined;
  const { vision, grid } = reader.config;
  const { imageMean: mean, imageStd: std, filter } = reader.checkpoint.preprocessor;
  return { size: vision.imageSize, grid, filter, mean, std };
}

/** One example a line: its picture by place, its question in both models' tokens, and its answers by where they come from; null where it is left out. */
function exampleLines(
  { teacher, student }: TrainSession,
  set: TrainingSet,
  examples: readonly Example[],
  pictures: readonly string[],
): string {
  const place = new Map<string | undefined, number>(pictures.map((picture, i) => [picture, i]));
  const tokensOf = (how: (model: LoadedModel) => number[]) => ({
    teacher: how(teacher),
    student: how(student),
  });
  return examples
    .map(({ question, picture }, i) => {
      const answers = set.answered.map(({ examples: answered, count }) => {
        if (i >= count) return null;
        const { answer } = answered[i]!;
        return { text: answer, ...tokensOf(({ tokenizer }) => tokenizer.encodeAnswer(answer)) };
      });
      const asked = { text: question, ...tokensOf(({ tokenizer }) => tokenizer.encodeQuestion(question)) };
      return `${JSON.stringify({ picture: place.get(picture), question: asked, answers })}\n`;
    })
    .join('');
}

/** Every picture once, [N, S, S, 3] in 0–1, before any model's own preparation. */
function picturesFile(data: Pictures, pictures: readonly string[]): Uint8Array {
  const side = data.size;
  const words = side * side * 3;
  if (4 * words * pictures.length > maxPictureBytes)
    throw new EngineError(
      'recipe-invalid',
      `The run’s ${pictures.length} different pictures take ${Math.round((4 * words * pictures.length) / 1e6)} MB.`,
      'Ask for fewer examples, or for pictures as they were drawn.',
    );
  const all = new Float32Array(words * pictures.length);
  pictures.forEach((picture, i) => all.set(data.pixels(picture), i * words));
  const shape = [pictures.length, side, side, 3];
  return writeSafetensors(new Map([['pictures', { shape, data: all }]]), 'F32');
}

/** A state's numbers as it has them: the reader knows their shapes. */
function flat(tensors: Iterable<readonly [string, Float32Array]>): Map<string, HostTensor> {
  return new Map([...tensors].map(([name, data]) => [name, { shape: [data.length], data }]));
}
