import { sequenceBounds } from '../data/batch.ts';
import type { Bounds } from '../data/bounds.ts';
import type { Dataset, StyleUse } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { Random } from '../random.ts';
import { EngineError } from '../errors.ts';
import { armsOf, type Arm } from '../recipe/arms.ts';
import { leaves } from '../recipe/link.ts';
import { objectives } from '../recipe/objectives.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { defaultRecipe } from '../recipe/schema.ts';
import type { TrainSession } from '../session.ts';
import { refuseForeignData } from './refuse-foreign-data.ts';

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
  /** Questions that the models may be asked. */
  asked: readonly Example[];
  /** All that the arms learn, each once. */
  answered: readonly AnsweredExamples[];
  /** The examples as this arm learns them; the same object for arms that learn the same. */
  forArm(recipe: Recipe): AnsweredExamples;
}

/** The seeded examples of a recipe, with their true answers, also those that nobody is told. */
export function labelledExamples({ data }: Pick<TrainSession, 'data'>, recipe: Recipe): Example[] {
  const { tasks, styles, unlabelledStyles, views, examples: count, labelled } = recipe.data;
  const drawn = (of: readonly string[]) =>
    data.training({ tasks, styles: of, seed: recipe.seed, count, views });
  const known = drawn(styles);
  return unlabelledStyles.length === 0 || labelled === 0
    ? known
    : [...known.slice(0, labelled), ...drawn(unlabelledStyles).slice(labelled)];
}

/** Examples that the teacher has to answer before the arms can train; empty where every arm knows all its answers. */
export function unanswered(data: Dataset, examples: readonly Example[], arms: readonly Arm[]): Example[] {
  const sources = new Set(arms.map(({ recipe }) => sourceOf(data, recipe)));
  const from = sources.has('teacher')
    ? 0
    : sources.has('labels-and-teacher') || sources.has('labels-and-shuffled')
      ? labelledCount(data, arms[0]!.recipe)
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
  const { seed } = arms[0]!.recipe;
  const labelled = labelledCount(session.data, arms[0]!.recipe);
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
    const source = sourceOf(session.data, recipe);
    if (!made.has(source)) made.set(source, make[source]());
  }
  const all = [...made.values()].flatMap((answered) => answered.examples);
  return {
    size: examples.length,
    bounds: pairBounds(session, [...examples, ...asked, ...all]),
    asked,
    answered: [...made.values()],
    forArm: (recipe) => made.get(sourceOf(session.data, recipe))!,
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

/** The questions that looks into Recalibrators are about, as many as a batch has examples: from the first again where there are fewer. */
export function probedQuestions({ asked }: TrainingSet, batchSize: number): Example[] {
  return Array.from({ length: batchSize }, (_, i) => asked[i % asked.length]!);
}

/** How many examples, the first ones, are learned with their true answer: as many as asked for that have one. */
function labelledCount({ own }: Dataset, { data: { labelled, examples } }: Recipe): number {
  const asked = labelled === 0 ? examples : labelled;
  return Math.min(asked, own?.training.answered ?? asked);
}

function sourceOf(dataset: Dataset, recipe: Recipe): AnswerSource {
  const { objective, data } = recipe;
  if (objectives[objective].answers === 'teacher') return 'teacher';
  const count = Math.min(data.examples, dataset.own?.training.questions ?? data.examples);
  if (labelledCount(dataset, recipe) >= count) return 'labels';
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

/**
 * Held-out styles never enter training, whatever a recipe asks for; nor do true answers about pictures that have none to give. Held-out facts are no
 * training questions of their data set.
 * @throws EngineError `recipe-invalid`
 */
export function refuseHeldOut({ data }: Pick<TrainSession, 'data'>, recipe: Recipe): void {
  refuseForeignData(data, recipe);
  if (data.pictures === undefined) return refusePictureFields(recipe);
  // A person's data have sides instead of styles.
  if (data.own !== undefined) return;
  const mayTrain = { styles: ['training'], unlabelledStyles: ['training', 'unlabelled'] } as const;
  for (const field of ['styles', 'unlabelledStyles'] as const)
    for (const key of recipe.data[field]) {
      const style = data.styles.find((candidate) => candidate.key === key);
      const uses: readonly StyleUse[] = mayTrain[field];
      if (style !== undefined && uses.includes(style.use)) continue;
      const known = data.styles.filter(({ use }) => uses.includes(use)).map((s) => s.key);
      throw new EngineError(
        'recipe-invalid',
        style === undefined
          ? `The data set has no drawing style “${key}”.`
          : style.use === 'unlabelled'
            ? `“${key}” serves as pictures without true answers only.`
            : `“${key}” is kept for evaluation and must not be trained on.`,
        `Choose among ${known.join(', ')}.`,
      );
    }
}

/** Fields that nothing obeys where there are no pictures. */
const pictureFields = [
  'data.styles',
  'data.unlabelledStyles',
  'data.views',
  'student.visionEncoder',
] as const;

function refusePictureFields(recipe: Recipe): void {
  const usual = new Map(leaves(defaultRecipe));
  for (const { recipe: own } of armsOf(recipe))
    for (const [path, value] of leaves(own))
      if (
        pictureFields.some((field) => field === path) &&
        JSON.stringify(value) !== JSON.stringify(usual.get(path))
      )
        throw new EngineError(
          'recipe-invalid',
          `The pair reads no pictures, so ${path} has nothing to decide.`,
          'Set it back to its default.',
        );
}
