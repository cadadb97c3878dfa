import { rotaryTables, type RotaryTables } from '../../wgsl/ops/rotary.ts';
import type { Example } from '../../data/example.ts';
import { Memory } from '../../wgsl/core/memory.ts';
import { Parameters } from '../../wgsl/core/parameters.ts';
import type { Work } from '../../wgsl/core/plan.ts';
import type { KernelVariant } from '../../device/variant.ts';
import { WgslVlm } from '../../wgsl/vlm.ts';
import type { VocabularyTables } from '../../objectives/shared/vocabulary-tables.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../../session.ts';
import { BatchSource, type BatchSurroundings } from './batch-source.ts';
import { PictureTable } from './picture-table.ts';
import type { AnsweredExamples, TrainingSet } from '../training-set.ts';

/** What the arms of a run share on the GPU: the frozen teacher, the pictures, the batch and the teacher's features of it. */
export class SharedRun implements BatchSurroundings {
  readonly variant: KernelVariant;
  readonly teacher: WgslVlm;
  readonly pictures: { teacher: PictureTable; student: PictureTable };
  readonly rotary: { teacher: RotaryTables; student: RotaryTables };
  readonly batchSize: number;
  private readonly sources = new Map<AnsweredExamples, BatchSource>();

  constructor(
    readonly session: TrainSession,
    readonly set: TrainingSet,
    recipe: Recipe,
    /** Tables that compare the two vocabularies, for the objectives that read them. */
    readonly vocabulary: VocabularyTables = {},
    readonly memory: Memory = new Memory(session.device.gpu),
  ) {
    const { device, teacher, student } = session;
    this.variant = device.report.variant;
    this.batchSize = recipe.data.batchSize;
    this.teacher = new WgslVlm(teacher.config, new Parameters(memory, teacher.checkpoint.tensors, false));
    // Every arm shows the same pictures, whatever answers it learns.
    this.pictures = this.tables(set.forArm(recipe).examples, memory);
    const [s, l] = [set.bounds.student, set.bounds.teacher];
    const longest = Math.max(s.Nq, l.Nq) + Math.max(s.Na, l.Na);
    this.rotary = {
      teacher: rotaryTables(memory, teacher.config.text, longest),
      student: rotaryTables(memory, student.config.text, longest),
    };
  }

  /** The batches an arm reads. */
  source(recipe: Recipe): BatchSource {
    const answered = this.set.forArm(recipe);
    let source = this.sources.get(answered);
    if (source === undefined) this.sources.set(answered, (source = new BatchSource(this, answered)));
    return source;
  }

  /** Batches of examples that are not trained on, which lie in a memory of their own. */
  foreignSource(examples: readonly Example[], memory: Memory): BatchSource {
    const { session, set, variant, teacher, rotary, batchSize, vocabulary } = this;
    const pictures = this.tables(examples, memory);
    return new BatchSource(
      { session, set, variant, teacher, rotary, batchSize, vocabulary, memory, pictures },
      { examples, count: examples.length },
    );
  }

  /** Gives the teacher's features back, for stages that do not read them. */
  forgetTeacher(): void {
    for (const source of this.sources.values()) source.forgetTeacher();
  }

  /** What the teacher's passes of one batch cost, once for all arms. */
  teacherWork(examples: 'fresh' | 'known'): Work[] {
    return [...this.sources.values()].flatMap((source) => source.teacherWork(examples));
  }

  gpuBytes(): number {
    return [...this.sources.values()].reduce((sum, source) => sum + source.gpuBytes(), this.memory.bytes);
  }

  private tables(
    examples: readonly Example[],
    memory: Memory,
  ): { teacher: PictureTable; student: PictureTable } {
    const { teacher, student, data, cacheBudgets } = this.session;
    const table = (model: LoadedModel) =>
      new PictureTable(memory, model, examples, data, this.batchSize, cacheBudgets.pictures);
    return { teacher: table(teacher), student: table(student) };
  }

  dispose(): void {
    this.forgetTeacher();
    this.memory.dispose();
  }
}
