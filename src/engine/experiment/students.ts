import type { AskedStudent } from './exam.ts';
import { objectiveLosses } from '../objectives/registry.ts';
import {
  disposeVocabularyTables,
  makeVocabularyTables,
  type VocabularyTables,
} from '../objectives/shared/vocabulary-tables.ts';
import type { Arm } from '../recipe/arms.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import { vocabularyOf } from '../models/tokenizers/vocabulary-maps.ts';
import type { StageKey } from '../method/stages.ts';
import { memoryParts, type MemoryParts } from '../train/memory-parts.ts';
import type { ProbeReport } from '../train/probe-report.ts';
import { TfjsStepper } from '../train/tfjs/tfjs-stepper.ts';
import { SharedRun } from '../train/wgsl/shared-run.ts';
import type { Stepper, Trainee } from '../train/stepper.ts';
import { studentsAtOnce } from '../train/wgsl/at-once.ts';
import { seeded, studentsOf } from '../train/wgsl/lists.ts';
import { steppers } from '../train/wgsl/steppers.ts';
import type { StepNumbers, UpdateRequest } from '../train/update.ts';
import type { TrainingSet } from '../train/training-set.ts';

/** What runs, and what it is tested and measured against. */
export type EngineKind = 'wgsl' | 'tfjs';

/** One student of an experiment. */
export interface Trained {
  arm: Arm;
  /** Which of the recipe's seeds it has, counted from 0. */
  seed: number;
}

interface StudentMember extends Trained {
  trainee: Trainee;
}

/** The students of an experiment, one per arm and seed, moved on together: those whose updates are the same kernels, in one list. */
export class Students {
  private readonly shared: SharedRun | undefined;
  private readonly vocabulary: VocabularyTables;
  /** Arm by arm, and seed by seed in each. */
  private readonly members: readonly StudentMember[];
  private readonly lists: { stepper: Stepper; members: StudentMember[] }[] = [];

  constructor(
    session: TrainSession,
    set: TrainingSet,
    recipe: Recipe,
    arms: readonly Arm[],
    engine: EngineKind = 'wgsl',
  ) {
    this.vocabulary = makeVocabularyTables(
      vocabularyOf(session.student.tokenizer),
      vocabularyOf(session.teacher.tokenizer),
      new Set(arms.flatMap((arm) => objectiveLosses[arm.recipe.objective]?.vocabulary ?? [])),
    );
    const all: Trained[] = studentsOf(arms, recipe.seeds);
    const add = (stepper: Stepper, students: readonly Trained[]) =>
      this.lists.push({
        stepper,
        members: students.map((student, i) => ({ ...student, trainee: stepper.students[i]! })),
      });
    try {
      if (engine === 'wgsl') {
        const atOnce = studentsAtOnce(session, set, recipe, all);
        this.shared = new SharedRun(session, set, recipe, this.vocabulary);
        for (const { stepper, students } of steppers(this.shared, all, atOnce)) add(stepper, students);
      } else
        for (const student of all) {
          const own = seeded({ recipe: student.arm.recipe, seed: student.seed });
          add(new TfjsStepper(session, set, own, this.vocabulary, student.seed), [student]);
        }
    } catch (error) {
      this.dispose();
      throw error;
    }
    const order = new Map(all.map(({ arm, seed }, i) => [keyOf(arm.key, seed), i]));
    const place = ({ arm, seed }: Trained) => order.get(keyOf(arm.key, seed))!;
    this.members = this.lists.flatMap(({ members }) => members).toSorted((a, b) => place(a) - place(b));
  }

  async prepare(stage: StageKey): Promise<void> {
    if (stage === 'finetune') this.shared?.forgetTeacher();
    await Promise.all(this.lists.map(({ stepper }) => stepper.prepare(stage)));
  }

  /** @param arms the same ones, with recipes that differ in live fields only. */
  async change(arms: readonly Arm[]): Promise<void> {
    for (const member of this.members) member.arm = arms.find(({ key }) => key === member.arm.key)!;
    await Promise.all(
      this.lists.map(({ stepper, members }) => stepper.change(members.map(({ arm }) => arm.recipe))),
    );
  }

  update(request: UpdateRequest): void {
    // The first list of a kind has the last turn: it can be looked into.
    for (const { stepper } of this.lists.toReversed()) stepper.update(request);
  }

  /** Numbers of every update since the last call, in the order of the members. */
  async numbers(): Promise<(Trained & { numbers: (StepNumbers | undefined)[] })[]> {
    const all = new Map<Trained, (StepNumbers | undefined)[]>();
    await Promise.all(
      this.lists.map(async ({ stepper, members }) => {
        (await stepper.numbers()).forEach((numbers, i) => all.set(members[i]!, numbers));
      }),
    );
    return this.members.map((member) => ({ arm: member.arm, seed: member.seed, numbers: all.get(member)! }));
  }

  /** An arm's students as they are whenever they are asked; with its seed each, where there are several. */
  ofArm(key: string): AskedStudent[] {
    const own = this.members.filter(({ arm }) => arm.key === key);
    return own.map(({ arm, seed, trainee }) => ({
      student: trainee,
      ...(own.length > 1 && { seed: arm.recipe.seed + seed }),
    }));
  }

  /** The students of every one of these arms. */
  ofArms(arms: readonly Arm[]): { key: string; label: string; students: AskedStudent[] }[] {
    return arms.map(({ key, label }) => ({ key, label, students: this.ofArm(key) }));
  }

  /** Looks into every arm's Recalibrator on questions that are not trained on; of several seeds into the first one's. */
  async *probes(): AsyncGenerator<ProbeReport & { arm: string }> {
    for (const { arm, seed, trainee } of this.members) {
      const report = seed === 0 ? await trainee.probe() : undefined;
      if (report !== undefined) yield { arm: arm.key, ...report };
    }
  }

  /** What an arm's latest update compared in the teacher's vocabulary, where it did; of several seeds the first one's. */
  heads(arm: string): ReturnType<Trainee['heads']> {
    return this.trainee(arm, 0).heads();
  }

  /** The weights of an arm's student, of several seeds of the first one's. */
  weights(arm: string): ReturnType<Trainee['studentWeights']> {
    return this.trainee(arm, 0).studentWeights();
  }

  /** The adapters of an arm's student where it has some, of several seeds the first one's. */
  adapters(arm: string): ReturnType<Trainee['adapters']> {
    return this.trainee(arm, 0).adapters();
  }

  /** Everything that updates change, by student and name. */
  async state(): Promise<Map<string, Float32Array>> {
    const all = new Map<string, Float32Array>();
    for (const { arm, seed, trainee } of this.members)
      for (const [name, values] of await trainee.state()) all.set(`${keyOf(arm.key, seed)}/${name}`, values);
    return all;
  }

  stateSizes(): Map<string, number> {
    return new Map(
      this.members.flatMap(({ arm, seed, trainee }) =>
        [...trainee.stateSizes()].map(
          ([name, length]) => [`${keyOf(arm.key, seed)}/${name}`, length] as const,
        ),
      ),
    );
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const { arm, seed, trainee } of this.members) {
      const prefix = `${keyOf(arm.key, seed)}/`;
      const own = [...state].filter(([name]) => name.startsWith(prefix));
      trainee.restore(new Map(own.map(([name, values]) => [name.slice(prefix.length), values])));
    }
  }

  /** Bytes on the GPU beyond tfjs's own tensors. */
  gpuBytes(): number {
    return this.shared?.memory.bytes ?? 0;
  }

  /** The same by what it is for, of the recorded engine. */
  gpuParts(): MemoryParts {
    return memoryParts(this.shared?.memory.ledger.bytes ?? new Map());
  }

  dispose(): void {
    for (const { stepper } of this.lists) stepper.dispose();
    this.shared?.dispose();
    disposeVocabularyTables(this.vocabulary);
  }

  private trainee(arm: string, seed: number): Trainee {
    return this.members.find((member) => member.arm.key === arm && member.seed === seed)!.trainee;
  }
}

/** A student's name in saved states: the first seed's is its arm's key, as in states of a time when there was one. */
export function keyOf(arm: string, seed: number): string {
  return seed === 0 ? arm : `${arm}~${seed}`;
}
