import type { Example } from '../data/example.ts';
import { armsOf, type Arm } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { labelledExamples, trainingSet, unanswered, type TrainingSet } from '../train/training-set.ts';
import { numbersIn } from '../method/trained.ts';
import { fitsInTurn } from '../train/wgsl/at-once.ts';
import { studentsOf } from '../train/wgsl/lists.ts';
import { Exam } from './exam.ts';

/** A run of which nothing has been computed: its shapes are exact but for answers that the teacher has yet to give. */
export interface ForeseenRun {
  arms: readonly Arm[];
  exam: Exam;
  /** What the teacher has to answer; the true answers stand in for its own. */
  open: readonly Example[];
  set: TrainingSet;
  /** Arm by arm, and seed by seed in each. */
  students: { arm: Arm; seed: number }[];
}

export function foreseenRun(session: TrainSession, recipe: Recipe): ForeseenRun {
  const { data } = session;
  const arms = armsOf(recipe);
  const exam = new Exam(session, recipe);
  const examples = labelledExamples(session, recipe);
  const open = unanswered(data, examples, arms);
  const answers = new Map(open.map((example) => [data.promptKey(example), example.answer]));
  const set = trainingSet(session, examples, arms, answers, exam.questions);
  return { arms, exam, open, set, students: studentsOf(arms, recipe.seeds) };
}

/** Models of which all that a run keeps takes less than this part of the budget need not be weighed. */
const smallShare = 1 / 8;

/** One of each session: what is known of it is known by identity (`train/wgsl/at-once.ts`). */
const halves = new WeakMap<TrainSession, TrainSession>();

/**
 * The session as a run takes it: what nothing trains is kept as packed f16 where memory has no room for it otherwise.
 * @param foreseen the run, for somebody who foresees it anyway
 */
export function fitted(
  session: TrainSession,
  recipe: Recipe,
  foreseen: () => ForeseenRun = () => foreseenRun(session, recipe),
): TrainSession {
  const { teacher, student, memoryBudget, device } = session;
  const half = halves.get(session) ?? { ...session, frozen: 'f16' };
  halves.set(session, half);
  // Weights may lie in several buffers; each lies in one, and kernels read it whole.
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  if (4 * Math.max(largestOf(teacher), largestOf(student)) > most) return half;
  const arms = armsOf(recipe).length * recipe.seeds;
  const numbersOf = ({ checkpoint }: LoadedModel) => numbersIn([...checkpoint.tensors.values()]);
  if (4 * numbersOf(teacher) + 16 * arms * numbersOf(student) <= memoryBudget * smallShare) return session;
  const { set, students } = foreseen();
  return fitsInTurn(session, set, recipe, students) ? session : half;
}

/** How many numbers its largest weight has. */
function largestOf({ checkpoint }: LoadedModel): number {
  let largest = 0;
  for (const { data } of checkpoint.tensors.values()) largest = Math.max(largest, data.length);
  return largest;
}
