import type { Bounds } from '../../data/bounds.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import type { Work } from '../../wgsl/core/plan.ts';
import type { KernelVariant } from '../../device/variant.ts';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import { gatherSlots } from '../../wgsl/ops/tokens.ts';
import type { DecoderLayout, WgslVlm } from '../../wgsl/vlm.ts';
import { AnswerInputs } from '../answer-inputs.ts';
import { BatchBuffer } from './batch-buffer.ts';
import { CachedPass } from './cached-pass.ts';
import type { PictureTable } from './picture-table.ts';
import type { UpdateRequest } from '../update.ts';
import type { VocabularyTables } from '../../objectives/shared/vocabulary-tables.ts';
import type { TrainSession } from '../../session.ts';
import type { RotaryTables } from '../../wgsl/ops/rotary.ts';
import { TokenTable } from '../token-table.ts';
import type { AnsweredExamples, TrainingSet } from '../training-set.ts';

/** What decides a batch; compared by identity, so that arms share one. */
type BatchRequest = Pick<UpdateRequest, 'examples'>;

/** Slots of a batch in tables that hold one row an example, and in the student's pictures. */
interface Slots {
  examples: number[];
  pictures: number[];
}

/** What batches are made of, whatever answers they hold. */
export interface BatchSurroundings {
  session: TrainSession;
  set: TrainingSet;
  memory: Memory;
  variant: KernelVariant;
  teacher: WgslVlm;
  pictures: { teacher: PictureTable; student: PictureTable };
  rotary: { teacher: RotaryTables; student: RotaryTables };
  batchSize: number;
  vocabulary: VocabularyTables;
}

/** Batches of one answered set of examples: ids on the GPU and, once per example, the teacher's features. Shared by the arms that learn it. */
export class BatchSource {
  readonly batch: BatchBuffer<keyof ReturnType<typeof batchLengths>>;
  readonly layouts: { student: DecoderLayout; teacher: DecoderLayout };
  private readonly tokens: { teacher: TokenTable; student: TokenTable };
  private answerInputs: AnswerInputs | undefined;
  private teacher: { pass: CachedPass; memory: Memory } | undefined;
  /** The batch whose ids are on the GPU, and whether the teacher's features of it are. */
  private loaded: { request: BatchRequest; slots: Slots; passed: boolean } | undefined;

  constructor(
    private readonly shared: BatchSurroundings,
    private readonly answered: AnsweredExamples,
  ) {
    const { session, set, memory, rotary, batchSize } = shared;
    const { student: s, teacher: l } = set.bounds;
    this.tokens = {
      teacher: new TokenTable(session.teacher, answered.examples, l),
      student: new TokenTable(session.student, answered.examples, s),
    };
    this.batch = new BatchBuffer(memory, batchLengths(batchSize, set.bounds));
    const { views } = this.batch;
    this.layouts = {
      student: this.layout(s.Nq + s.Na, s.Nq + s.Na, views.studentSpans, rotary.student),
      teacher: this.layout(l.Nq + l.Na, l.Nq + l.Na, views.teacherSpans, rotary.teacher),
    };
  }

  /** The layout of Rec-body's input, [question of the student ; answer of the teacher]. */
  mainLayout(reassignPositions: boolean): DecoderLayout {
    const { set, rotary } = this.shared;
    const { views } = this.batch;
    const { Nq } = set.bounds.student;
    const spans = reassignPositions ? views.joinedSpans : views.ownSpans;
    return this.layout(Nq + set.bounds.teacher.Na, Nq, spans, rotary.student);
  }

  /** What objectives over logits read beside them. */
  get answers(): AnswerInputs {
    const { session, vocabulary } = this.shared;
    this.answerInputs ??= new AnswerInputs(session, this.tokens, this.answered, vocabulary);
    return this.answerInputs;
  }

  /** Number of slots for examples. */
  get count(): number {
    return this.answered.count;
  }

  /** Records a copy of the batch's patches for one of the models; [B·P, 3·p²]. */
  patches(tape: Tape, who: 'teacher' | 'student', vlm: WgslVlm): Value {
    const { batchSize } = this.shared;
    const table = this.shared.pictures[who];
    const value = tape.value(batchSize * vlm.patches, table.words / vlm.patches, false);
    const slots = this.batch.views[`${who}Pictures`];
    gatherSlots(tape, table.view, slots, batchSize, table.words, value.view);
    return value;
  }

  /** z_l, [B·(Nq_l+Na_l), d_l], where `encodeTeacher` leaves it. */
  get teacherFeatures(): Value {
    return { ...this.teacherPass().result, tracked: false };
  }

  compileTeacher(): Promise<void> {
    return this.teacherPass().compile();
  }

  /** Brings a batch to the GPU for whoever submits next: its ids once, however many arms ask, and the student's pictures where others have taken their place. */
  load(request: BatchRequest): Slots {
    if (this.loaded?.request !== request) {
      const examples = request.examples.map((index) => index % this.answered.count);
      const pictures = this.shared.pictures.student.slotsFor(examples);
      this.loaded = { request, slots: { examples, pictures }, passed: false };
      this.fill(this.loaded.slots);
    }
    const { slots } = this.loaded;
    this.shared.pictures.student.place(slots.examples);
    return slots;
  }

  /** Encodes the teacher's pass over the loaded batch; once, however many arms ask. To be submitted before another source's. */
  encodeTeacher(pass: GPUComputePassEncoder): void {
    const { loaded } = this;
    if (loaded === undefined || loaded.passed) return;
    loaded.passed = true;
    const { examples } = loaded.slots;
    const teacher = this.teacherPass();
    if (!teacher.knows(examples)) this.shared.pictures.teacher.place(examples);
    teacher.encode(pass, examples);
  }

  /** Batches that the teacher's pass has run on so far. */
  get teacherPasses(): number {
    return this.teacher?.pass.computed ?? 0;
  }

  /** What the teacher's pass costs, where a stage reads it. */
  teacherWork(examples: 'fresh' | 'known'): Work[] {
    return this.teacher === undefined ? [] : [this.teacher.pass.work[examples]];
  }

  forgetTeacher(): void {
    this.teacher?.memory.dispose();
    this.teacher = undefined;
    if (this.loaded !== undefined) this.loaded.passed = false;
  }

  gpuBytes(): number {
    return this.teacher?.memory.bytes ?? 0;
  }

  private teacherPass(): CachedPass {
    if (this.teacher === undefined) {
      const { teacher: vlm, variant, batchSize, memory: device } = this.shared;
      const memory = device.sibling();
      const { views } = this.batch;
      const record = (tape: Tape) => {
        const features = vlm.visionFeatures(tape, this.patches(tape, 'teacher', vlm), batchSize);
        return vlm.sequence(tape, features, views.teacherCodes, this.layouts.teacher);
      };
      const { features: budget } = this.shared.session.cacheBudgets;
      const pass = new CachedPass(memory, variant, record, batchSize, views.examples, this.count, budget);
      this.teacher = { pass, memory };
    }
    return this.teacher.pass;
  }

  private layout(
    length: number,
    split: number,
    spans: (typeof this.batch.views)[keyof typeof this.batch.views],
    rotary: RotaryTables,
  ): DecoderLayout {
    return { batch: this.shared.batchSize, length, causal: { spans, split, rotary } };
  }

  private fill({ examples: indices, pictures: studentPictures }: Slots): void {
    const { batch, tokens } = this;
    const { set, pictures } = this.shared;
    const { student, teacher } = set.bounds;
    indices.forEach((index, b) => {
      const s = tokens.student.row(index);
      const l = tokens.teacher.row(index);
      batch.set('studentCodes', s.codes, b * tokens.student.length);
      batch.set('teacherCodes', l.codes, b * tokens.teacher.length);
      batch.set('studentLabels', s.labels, b * student.Na);
      batch.set('teacherLabels', l.labels, b * teacher.Na);
      const joinedEnd = student.Nq + l.answerLength;
      batch.set(
        'studentSpans',
        [s.first, student.Nq + s.answerLength, tokens.student.length - s.first],
        b * 3,
      );
      batch.set(
        'teacherSpans',
        [l.first, teacher.Nq + l.answerLength, tokens.teacher.length - l.first],
        b * 3,
      );
      // “NPE” counts on from the student's question; otherwise the answer keeps the teacher's own positions.
      batch.set('joinedSpans', [s.first, joinedEnd, student.Nq - s.first], b * 3);
      batch.set('ownSpans', [s.first, joinedEnd, teacher.Nq - l.first], b * 3);
      batch.set('studentLengths', [s.answerLength], b);
      batch.set('teacherLengths', [l.answerLength], b);
    });
    batch.set('examples', indices);
    batch.set('studentPictures', studentPictures);
    batch.set('teacherPictures', pictures.teacher.slotsFor(indices));
    batch.upload();
  }
}

function batchLengths(batch: number, { student, teacher }: { teacher: Bounds; student: Bounds }) {
  return {
    studentCodes: batch * (student.Nq + student.Na),
    teacherCodes: batch * (teacher.Nq + teacher.Na),
    studentLabels: batch * student.Na,
    teacherLabels: batch * teacher.Na,
    studentSpans: batch * 3,
    teacherSpans: batch * 3,
    joinedSpans: batch * 3,
    ownSpans: batch * 3,
    studentLengths: batch,
    teacherLengths: batch,
    examples: batch,
    studentPictures: batch,
    teacherPictures: batch,
  };
}
