import type { Example } from '../data/example.ts';
import type { Answerer } from '../evaluate/answerer.ts';
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
import { WgslStepper } from '../train/wgsl/wgsl-stepper.ts';
import type { ProbeReport } from '../train/probe-report.ts';
import { TfjsStepper } from '../train/tfjs/tfjs-stepper.ts';
import { SharedRun } from '../train/wgsl/shared-run.ts';
import type { Stepper } from '../train/stepper.ts';
import type { StepNumbers, UpdateRequest } from '../train/update.ts';
import type { TrainingSet } from '../train/training-set.ts';

/** What runs, and what it is tested and measured against. */
export type EngineKind = 'wgsl' | 'tfjs';

/** The students of an experiment, one per arm, moved on together. */
export class Students {
  private readonly shared: SharedRun | undefined;
  private readonly vocabulary: VocabularyTables;
  private readonly members: { arm: Arm; stepper: Stepper }[];

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
    const shared = engine === 'wgsl' ? new SharedRun(session, set, recipe, this.vocabulary) : undefined;
    this.shared = shared;
    this.members = arms.map((arm) => ({
      arm,
      stepper:
        shared === undefined
          ? new TfjsStepper(session, set, arm.recipe, this.vocabulary)
          : new WgslStepper(shared, arm.recipe),
    }));
  }

  async prepare(stage: StageKey): Promise<void> {
    if (stage === 'finetune') this.shared?.forgetTeacher();
    await Promise.all(this.members.map(({ stepper }) => stepper.prepare(stage)));
  }

  /** @param arms the same ones, with recipes that differ in live fields only. */
  async change(arms: readonly Arm[]): Promise<void> {
    await Promise.all(
      this.members.map((member, i) => {
        member.arm = arms[i]!;
        return member.stepper.change(member.arm.recipe);
      }),
    );
  }

  update(request: UpdateRequest): void {
    for (const { stepper } of this.members) stepper.update(request);
  }

  async numbers(): Promise<{ arm: Arm; numbers: (StepNumbers | undefined)[] }[]> {
    return Promise.all(
      this.members.map(async ({ arm, stepper }) => ({ arm, numbers: await stepper.numbers() })),
    );
  }

  /** An arm's student as it is whenever it is asked. */
  answerer(arm: string): Answerer {
    return this.stepper(arm);
  }

  /** Looks into every arm's Recalibrator on questions that are not trained on. */
  async *probes(examples: readonly Example[]): AsyncGenerator<ProbeReport & { arm: string }> {
    for (const { arm, stepper } of this.members) {
      const report = await stepper.probe(examples);
      if (report !== undefined) yield { arm: arm.key, ...report };
    }
  }

  weights(arm: string): ReturnType<Stepper['studentWeights']> {
    return this.stepper(arm).studentWeights();
  }

  /** Everything that updates change, by arm and name. */
  async state(): Promise<Map<string, Float32Array>> {
    const all = new Map<string, Float32Array>();
    for (const { arm, stepper } of this.members)
      for (const [name, values] of await stepper.state()) all.set(`${arm.key}/${name}`, values);
    return all;
  }

  stateSizes(): Map<string, number> {
    return new Map(
      this.members.flatMap(({ arm, stepper }) =>
        [...stepper.stateSizes()].map(([name, length]) => [`${arm.key}/${name}`, length] as const),
      ),
    );
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const { arm, stepper } of this.members) {
      const prefix = `${arm.key}/`;
      const own = [...state].filter(([name]) => name.startsWith(prefix));
      stepper.restore(new Map(own.map(([name, values]) => [name.slice(prefix.length), values])));
    }
  }

  /** Bytes on the GPU beyond tfjs's own tensors. */
  gpuBytes(): number {
    return this.members.reduce((sum, { stepper }) => sum + stepper.gpuBytes(), this.shared?.gpuBytes() ?? 0);
  }

  dispose(): void {
    for (const { stepper } of this.members) stepper.dispose();
    this.shared?.dispose();
    disposeVocabularyTables(this.vocabulary);
  }

  private stepper(arm: string): Stepper {
    return this.members.find((member) => member.arm.key === arm)!.stepper;
  }
}
