import { rotaryTables, type RotaryTables } from '../../wgsl/ops/rotary.ts';
import type { Example } from '../../data/example.ts';
import { AnswerQueue } from '../../evaluate/list-answerer.ts';
import { pictureReader, type PictureReader } from '../../data/preprocess.ts';
import { Memory } from '../../wgsl/core/memory.ts';
import { layered, Parameters, type WeightStore } from '../../wgsl/core/parameters.ts';
import type { Work } from '../../wgsl/core/plan.ts';
import type { KernelVariant } from '../../device/variant.ts';
import { PictureTable } from '../../wgsl/picture-table.ts';
import { WgslVlm } from '../../wgsl/vlm.ts';
import type { VocabularyTables } from '../../objectives/shared/vocabulary-tables.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { TrainSession } from '../../session.ts';
import type { BatchBuffer } from './batches/batch-buffer.ts';
import { BatchSource } from './batches/batch-source.ts';
import {
  batchRows,
  type BatchPart,
  type BatchSurroundings,
  type PairPictures,
} from './batches/surroundings.ts';
import { ListBatches } from './batches/list-batches.ts';
import { trainableWeights } from '../../models/checkpoints/trainable-weights.ts';
import type { AnsweredExamples, TrainingSet } from '../training-set.ts';

/** What the students of a run share on the GPU: the frozen teacher, the pictures, the batches and the teacher's features of them. */
export class SharedRun implements BatchSurroundings {
  readonly variant: KernelVariant;
  readonly teacher: WgslVlm;
  /** The student's weights that nothing trains but a recipe that trains its vision encoder. */
  readonly untrained: Parameters;
  readonly pictures: PairPictures | undefined;
  readonly rotary: { teacher: RotaryTables; student: RotaryTables };
  readonly batchSize: number;
  readonly seeds: number;
  readonly answering = new AnswerQueue();
  /** Its other weights, once a list asks that adapts them. */
  private adapted: Parameters | undefined;
  private readonly rows: BatchBuffer<BatchPart>;
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
    this.seeds = recipe.seeds;
    try {
      // Every arm shows the same pictures, whatever answers it learns.
      this.pictures = this.tables(set.forArm(recipe).examples, memory, set.answered.length * this.seeds);
      this.rows = batchRows(this, set.answered.length);
      this.teacher = new WgslVlm(
        teacher.config,
        new Parameters(memory, teacher.checkpoint.tensors, session.frozen, 'teacher weights'),
      );
      const trained = new Set(this.trainable);
      const rest = [...student.checkpoint.tensors].filter(([name]) => !trained.has(name));
      this.untrained = new Parameters(memory, new Map(rest), session.frozen, 'student weights');
      const [s, l] = [set.bounds.student, set.bounds.teacher];
      const longest = Math.max(s.Nq, l.Nq) + Math.max(s.Na, l.Na);
      this.rotary = {
        teacher: rotaryTables(memory, teacher.config.text, longest),
        student: rotaryTables(memory, student.config.text, longest),
      };
    } catch (error) {
      memory.dispose();
      throw error;
    }
  }

  /** All of the student's weights as they were loaded: what LoRA adapts is the same for every student. */
  get frozen(): WeightStore {
    const { frozen: kind, student } = this.session;
    const { tensors } = student.checkpoint;
    this.adapted ??= new Parameters(
      this.memory,
      new Map(this.trainable.map((name) => [name, tensors.get(name)!])),
      kind,
      'student weights',
    );
    return layered(this.adapted, this.untrained);
  }

  /** The student's weights that students train who have no adapters, by name. */
  private get trainable(): string[] {
    const { config, checkpoint } = this.session.student;
    return trainableWeights(config, checkpoint.tensors.keys()).student;
  }

  /** The batches an arm reads. */
  source(recipe: Recipe): BatchSource {
    const answered = this.set.forArm(recipe);
    let source = this.sources.get(answered);
    if (source === undefined) {
      const firstRow = this.set.answered.indexOf(answered) * this.seeds;
      this.sources.set(answered, (source = new BatchSource(this, answered, this.rows, firstRow)));
    }
    return source;
  }

  /** One batch of examples that are not trained on, which lies in a memory of its own. */
  foreignBatch(examples: readonly Example[], memory: Memory): ListBatches {
    const { session, set, variant, teacher, rotary, batchSize, vocabulary } = this;
    const pictures = this.tables(examples, memory, 1);
    const own = { session, set, variant, teacher, rotary, batchSize, vocabulary, memory, pictures, seeds: 1 };
    const source = new BatchSource(own, { examples, count: examples.length }, batchRows(own, 1), 0);
    return new ListBatches(own, [{ source, seed: 0 }]);
  }

  /** Gives the teacher's features back, for stages that do not read them. */
  forgetTeacher(): void {
    for (const source of this.sources.values()) source.forgetTeacher();
  }

  /** What the teacher's passes of one batch cost, once for all arms. */
  teacherWork(examples: 'fresh' | 'known'): Work[] {
    return [...this.sources.values()].flatMap((source) => source.teacherWork(examples));
  }

  private tables(examples: readonly Example[], memory: Memory, count: number): PairPictures | undefined {
    const { teacher, student, data, cacheBudgets } = this.session;
    const batches = { count, size: this.batchSize };
    const [reading, learning] = [pictureReader(teacher), pictureReader(student)];
    if (reading === undefined || learning === undefined) return undefined;
    const table = (model: PictureReader) =>
      new PictureTable(memory, model, examples, data, batches, cacheBudgets.pictures);
    return { teacher: table(reading), student: table(learning) };
  }

  /** Gives back all that the run has on the GPU, its lists' memories as well. */
  dispose(): void {
    this.memory.dispose();
  }
}
