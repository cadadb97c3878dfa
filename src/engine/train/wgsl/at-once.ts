import { stageSpans } from '../../method/stages.ts';
import type { Arm } from '../../recipe/arms.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { TrainSession } from '../../session.ts';
import { Memory } from '../../wgsl/core/memory.ts';
import type { TrainingSet } from '../training-set.ts';
import { lists } from './lists.ts';
import { SharedRun } from './shared-run.ts';
import { WgslStepper } from './wgsl-stepper.ts';

/** Part of the budget that students may compute in at once, even where what is kept of them takes all of it. */
const leastShare = 1 / 4;

type RunStudents = readonly { arm: Arm; seed: number }[];

/** Bytes of the largest buffer, and of the largest part of one that a kernel reads or writes. */
export interface Largest {
  buffer: number;
  binding: number;
}

/** What a run takes with so many students of a kind at once, bytes. */
interface Needs {
  /** In every stage, and when the answers of every list are weighed at the end: all of it, and what of it is computed in. */
  moments: { bytes: number; scratch: number }[];
  largest: Largest;
}

/**
 * How many students of a kind are computed at once: as many as the session's memory budget and the adapter's largest buffers allow, in lists as equal as
 * can be. Every student's weights and moments are there all the time; what updates and answers are computed in is taken in turn.
 */
export function studentsAtOnce(
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  students: RunStudents,
): number {
  const most = Math.max(...lists(students).map(({ length }) => length));
  for (let turns = 1; ; turns++) {
    const count = Math.ceil(most / turns);
    if (count === 1 || fits(session, needsOf(session, set, recipe, students, count))) return count;
  }
}

function fits({ memoryBudget, device }: TrainSession, { moments, largest }: Needs): boolean {
  return (
    gives(device.gpu, largest) &&
    moments.every(({ bytes, scratch }) => bytes <= memoryBudget || scratch <= memoryBudget * leastShare)
  );
}

/** Whether a device has buffers so large. */
export function gives({ limits }: GPUDevice, { buffer, binding }: Largest): boolean {
  return buffer <= limits.maxBufferSize && binding <= limits.maxStorageBufferBindingSize;
}

/** Whether a run fits the session's memory budget, its students one at a time. */
export function fitsInTurn(
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  students: RunStudents,
): boolean {
  const { moments } = needsOf(session, set, recipe, students, 1);
  return moments.every(({ bytes }) => bytes <= session.memoryBudget);
}

/** By session, recipe, shapes and how many at once: a forecast knows them before its run asks. */
const known = new WeakMap<TrainSession, Map<string, Needs>>();

function needsOf(
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  students: RunStudents,
  count: number,
): Needs {
  const ofSession = known.get(session) ?? new Map<string, Needs>();
  known.set(session, ofSession);
  const key = JSON.stringify([recipe, set.bounds, count]);
  const needs = ofSession.get(key) ?? recordedNeeds(session, set, recipe, students, count);
  ofSession.set(key, needs);
  return needs;
}

/** Recorded without a device behind it. */
function recordedNeeds(
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  students: RunStudents,
  count: number,
): Needs {
  const memory = new Memory(session.device.gpu, true);
  const shared = new SharedRun(session, set, recipe, {}, memory);
  const all = lists(students).flatMap((kind) => inTurn(shared, kind, count));
  const answering = all.map(({ stepper }) => stepper.answerers().all);
  // Of a kind, those of the first seed have a probe each, all alike; the leader's first one is recorded.
  const moreProbes = () =>
    all.reduce((sum, { stepper, probed }) => {
      const probe = probed > 0 ? stepper.students[0]!.recordProbe() : undefined;
      return sum + (probed - 1) * (probe?.bytes ?? 0);
    }, 0);
  const moment = (passing = 0) => ({
    bytes: all.reduce(
      (sum, { stepper, times }) => sum + (times - 1) * stepper.bytes,
      moreProbes() + memory.bytes,
    ),
    scratch: all.reduce((sum, { stepper }) => sum + stepper.scratchBytes, passing),
  });
  const moments = stageSpans(recipe).map(({ key }) => {
    if (key === 'finetune') shared.forgetTeacher();
    for (const { stepper } of all) stepper.record(key);
    return moment();
  });
  for (const list of answering) {
    const pass = list.forcedPass();
    moments.push(moment(pass.memory.bytes));
    pass.memory.dispose();
  }
  const { largestBuffer: buffer, largestBinding: binding } = memory.ledger;
  return { moments, largest: { buffer, binding } };
}

/**
 * The lists of a kind that take turns, and how often there is one like each: those of one length are alike, but for the first, whose scratch all use.
 * The first stands for all students of the kind that are probed.
 */
function inTurn(
  shared: SharedRun,
  kind: RunStudents,
  count: number,
): { stepper: WgslStepper; times: number; probed: number }[] {
  const list = (length: number, leader?: WgslStepper) => {
    const members = kind.slice(0, length).map(({ arm, seed }) => ({ recipe: arm.recipe, seed }));
    return new WgslStepper(shared, members, leader);
  };
  const leader = list(count);
  const lengths: number[] = [];
  for (let from = count; from < kind.length; from += count) lengths.push(Math.min(count, kind.length - from));
  const others = [...new Set(lengths)].map((length) => ({
    stepper: list(length, leader),
    times: lengths.filter((other) => other === length).length,
    probed: 0,
  }));
  const probed = kind.filter(({ seed }) => seed === 0).length;
  return [{ stepper: leader, times: 1, probed }, ...others];
}
