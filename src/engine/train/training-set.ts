import { sequenceBounds } from '../data/batch.ts';
import type { Bounds } from '../data/bounds.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { Random } from '../random.ts';
import { EngineError } from '../errors.ts';
import type { Arm } from '../recipe/arms.ts';
import { objectives } from '../recipe/objectives.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';

/** Where the answers that an arm learns come from. */
type AnswerSource = 'labels' | 'labels-and-teacher' | 'labels-and-shuffled' | 'labels-alone' | 'teacher';

/** The run's pictures and questions with the answers one or more arms learn. */
export interface AnsweredExamples {
  examples: readonly Example[];
  /** Indices into the run's examples are taken modulo this: arms that leave examples out see the first ones more often. */
  count: number;
}

/** What all arms of a run train on, with the static shape of its batches. */
export interface TrainingSet {
  /** Size of the data set that batches are drawn from. */
  size: number;
  bounds: { teacher: Bounds; student: Bounds };
  /** The examples as this arm learns them; the same object for arms that learn the same. */
  forArm(recipe: Recipe): AnsweredExamples;
}

/** The seeded examples of a recipe, with their true answers. */
export function labelledExamples({ data }: Pick<TrainSession, 'data'>, recipe: Recipe): Example[] {
  const { tasks, styles, examples } = recipe.data;
  return data.training({ tasks, styles, seed: recipe.seed, count: examples });
}

/** Examples that the teacher has to answer before the arms can train; empty where every arm knows all its answers. */
export function unanswered(data: Dataset, examples: readonly Example[], arms: readonly Arm[]): Example[] {
  const sources = new Set(arms.map(({ recipe }) => sourceOf(recipe)));
  const from = sources.has('teacher')
    ? 0
    : sources.has('labels-and-teacher') || sources.has('labels-and-shuffled')
      ? arms[0]!.recipe.data.labelled
      : examples.length;
  return [...new Map(examples.slice(from).map((example) => [data.promptKey(example), example])).values()];
}

/**
 * @param answers the teacher's, by the data set's `promptKey`, for at least the `unanswered` examples.
 * @param asked questions that the models will be asked: they must fit the run's static shape as well.
 */
export function trainingSet(
  session: Pick<TrainSession, 'data' | 'teacher' | 'student'>,
  examples: readonly Example[],
  arms: readonly Arm[],
  answers: ReadonlyMap<string, string> = new Map(),
  asked: readonly Example[] = [],
): TrainingSet {
  const answeredFrom = (all: ReadonlyMap<string, string>) => (example: Example) => ({
    ...example,
    answer: all.get(session.data.promptKey(example))!,
  });
  const byTeacher = answeredFrom(answers);
  const { seed, data } = arms[0]!.recipe;
  const { labelled } = data;
  const from = (teacher: (example: Example) => Example) =>
    examples.map((example, i) => (i < labelled ? example : teacher(example)));
  const make: Record<AnswerSource, () => AnsweredExamples> = {
    labels: () => ({ examples, count: examples.length }),
    'labels-alone': () => ({ examples, count: labelled }),
    'labels-and-teacher': () => ({ examples: from(byTeacher), count: examples.length }),
    'labels-and-shuffled': () => ({
      examples: from(answeredFrom(shuffledAnswers(session.data, examples.slice(labelled), answers, seed))),
      count: examples.length,
    }),
    teacher: () => ({ examples: examples.map(byTeacher), count: examples.length }),
  };
  const made = new Map<AnswerSource, AnsweredExamples>();
  for (const { recipe } of arms) {
    const source = sourceOf(recipe);
    if (!made.has(source)) made.set(source, make[source]());
  }
  const all = [...made.values()].flatMap((answered) => answered.examples);
  return {
    size: examples.length,
    bounds: pairBounds(session, [...examples, ...asked, ...all]),
    forArm: (recipe) => made.get(sourceOf(recipe))!,
  };
}

/** The static shape that examples need in each model's tokens. */
export function pairBounds(
  { teacher, student }: Pick<TrainSession, 'teacher' | 'student'>,
  examples: readonly Example[],
): TrainingSet['bounds'] {
  return {
    teacher: sequenceBounds(teacher.tokenizer, examples),
    student: sequenceBounds(student.tokenizer, examples),
  };
}

function sourceOf({ objective, data }: Recipe): AnswerSource {
  if (objectives[objective].answers === 'teacher') return 'teacher';
  if (data.labelled === 0 || data.labelled >= data.examples) return 'labels';
  return (
    {
      ignored: 'labels-alone',
      'teacher-answers': 'labels-and-teacher',
      'shuffled-answers': 'labels-and-shuffled',
    } as const
  )[data.unlabelled];
}

/**
 * The same answers, each to another question of the same kind: what is left of a teacher when its answers no longer belong to the pictures.
 * By `promptKey`, in an order that the seed decides.
 */
export function shuffledAnswers(
  data: Dataset,
  examples: readonly Example[],
  answers: ReadonlyMap<string, string>,
  seed: number,
): Map<string, string> {
  const random = new Random(seed);
  const shuffled = new Map<string, string>();
  const byType = new Map<string, Set<string>>();
  for (const example of examples) {
    const keys = byType.get(example.type) ?? new Set();
    byType.set(example.type, keys.add(data.promptKey(example)));
  }
  for (const known of byType.values()) {
    const keys = random.shuffle([...known]);
    keys.forEach((key, i) => shuffled.set(key, answers.get(keys[(i + 1) % keys.length]!)!));
  }
  return shuffled;
}

/** Held-out styles never enter training, whatever a recipe asks for. */
export function refuseHeldOut({ data }: Pick<TrainSession, 'data'>, recipe: Recipe): void {
  for (const key of recipe.data.styles) {
    const style = data.styles.find((candidate) => candidate.key === key);
    if (style?.trainable) continue;
    const known = data.styles.filter(({ trainable }) => trainable).map((s) => s.key);
    throw new EngineError(
      'recipe-invalid',
      style === undefined
        ? `The data set has no drawing style “${key}”.`
        : `“${key}” is kept for evaluation and must not be trained on.`,
      `Choose among ${known.join(', ')}.`,
    );
  }
}
